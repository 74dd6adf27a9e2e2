"""What is told of an alarm, and as which JSON."""
