"""planning: a pipeline's steps with every expression, matrix and seed resolved."""
