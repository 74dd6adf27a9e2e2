"""executing: the command of one stage; what it writes comes to its place whole, or not at all."""
