"""What a verb would write: plans of tags, and what a commit must have before it becomes a version."""
