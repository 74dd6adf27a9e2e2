"""train: an estimator with its preprocessing, fitted on a table."""
