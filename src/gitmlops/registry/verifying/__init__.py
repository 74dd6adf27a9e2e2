"""A tag is a claim: what contradicts it, who signed it, and whom that convinces."""
