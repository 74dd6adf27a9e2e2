"""What a version promised of groups, held against what it does in production."""
