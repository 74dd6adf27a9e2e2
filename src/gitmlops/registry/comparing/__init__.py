"""Two versions of a model side by side: what an on-call engineer opens first."""
