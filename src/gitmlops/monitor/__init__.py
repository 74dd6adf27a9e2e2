"""monitor: what a version's reference data looked like, what it has met since, and what that means."""
