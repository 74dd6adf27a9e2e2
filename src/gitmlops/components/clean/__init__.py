"""clean: a table without what is known to be wrong with it, and what was done to how many rows."""
