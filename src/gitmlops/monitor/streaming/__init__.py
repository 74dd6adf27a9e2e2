"""A stream of predictions, judged as it comes."""
