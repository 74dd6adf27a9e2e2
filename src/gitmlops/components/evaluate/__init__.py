"""evaluate: the predictions of a model, and its metrics with their uncertainty."""
