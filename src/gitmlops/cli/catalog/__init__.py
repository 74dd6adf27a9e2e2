"""gitmlops catalog: a command a module."""
