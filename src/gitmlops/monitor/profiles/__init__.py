"""What monitoring knows of data: counts on bins, a column after the other."""
