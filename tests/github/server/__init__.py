"""A small GitHub for tests: REST and git over HTTP on the same bare repositories."""
