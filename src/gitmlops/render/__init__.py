"""render: one report, six formats; every text in a report may come from a stranger and stays text."""
