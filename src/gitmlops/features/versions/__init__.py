"""versions: hashes and locks of features, what changed between two commits, whom it touches."""
