"""serving: the latest values in SQLite, read with their time to live, compared with what was known."""
