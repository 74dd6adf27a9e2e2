"""A version made again: what its inputs were, what came out, and how far that is from what was released."""
