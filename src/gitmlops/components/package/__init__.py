"""package: a model with all that its reviewers and watchers need beside it."""
