"""demo: the life of a model on real data, as a list of commands that a user could type."""
