"""How far windows are from the baseline, and what is thought of that."""
