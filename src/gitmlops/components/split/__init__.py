"""split: rows to learn from, and later rows to judge by."""
