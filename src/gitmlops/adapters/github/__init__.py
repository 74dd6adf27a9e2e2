"""GitHub over REST: the only package that loads PyGithub, and only when a request is sent."""
