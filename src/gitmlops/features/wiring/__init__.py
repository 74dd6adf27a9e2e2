"""wiring: what the feature store's definitions say of each other, resolved and checked without data."""
