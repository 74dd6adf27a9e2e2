"""What annotated tags say, in GTO's grammar: versions, the deployment stages they are in, and since when."""
