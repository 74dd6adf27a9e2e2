"""gate: judges the models of a branch by the policies of its base, on evidence that it makes itself."""
