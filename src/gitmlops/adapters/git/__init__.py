"""git: reads and plumbing through the git command (`repository`, `trees`, `notes`, `tags`), writes through GitPython (`authoring`)."""
