"""split: rows to learn from, and other rows to judge by."""
