"""gitmlops model promote: what it asks for, and the pull request that asks."""
