"""validate: a table against what it promises."""
