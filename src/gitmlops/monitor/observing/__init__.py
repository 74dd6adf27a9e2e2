"""What a version met: the log of its predictions, their outcomes, cut into windows."""
