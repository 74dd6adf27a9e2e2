"""adopting: what an existing DVC project has, and the files that make it a gitmlops project beside it."""
