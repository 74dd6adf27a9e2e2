"""building: views made into tables under DVC, their statistics and tests; snapshots of a warehouse."""
