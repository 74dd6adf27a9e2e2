"""hooks: what pre-commit asks before a commit is made."""
