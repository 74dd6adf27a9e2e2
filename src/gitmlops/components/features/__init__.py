"""features: rows with the features of a feature set, each as it was known at the row's time."""
