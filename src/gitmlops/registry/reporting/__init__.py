"""What the registry says: to people, to a workflow that deploys, and beside what monitoring saw."""
