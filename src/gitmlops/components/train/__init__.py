"""train: an estimator of scikit-learn, fitted on a table."""
