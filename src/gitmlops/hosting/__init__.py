"""hosting: whether a repository, and GitHub around it, keep what the gate promises: owners, attributes, rules."""
