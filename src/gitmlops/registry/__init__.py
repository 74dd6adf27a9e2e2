"""registry: versions of models and the deployment stages they are in, told by annotated tags in GTO's grammar."""
