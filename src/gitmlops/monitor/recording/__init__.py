"""What monitoring remembers: the lines of its history."""
