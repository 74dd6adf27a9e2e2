"""compiling: planned steps as plain DVC stages in dvc.yaml."""
