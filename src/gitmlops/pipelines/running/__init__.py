"""A run: which stage when, what is written down meanwhile, how the next run knows that nothing is to do."""
