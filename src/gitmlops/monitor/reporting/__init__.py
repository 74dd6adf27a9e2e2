"""A verdict as a report."""
