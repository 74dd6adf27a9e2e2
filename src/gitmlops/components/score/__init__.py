"""score: a table scored with a registered version, as a prediction log."""
