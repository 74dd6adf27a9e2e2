"""engines: what runs SQL over tables."""
