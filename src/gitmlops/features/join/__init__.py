"""join: features as they were known at each row's own time; the SQL of it and everything that it reads."""
