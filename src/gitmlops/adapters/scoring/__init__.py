"""Model files, loaded without running anything of theirs, and what they say of rows."""
