"""git: reads and plumbing through its command, what people would do by hand (`authoring`) through GitPython."""
