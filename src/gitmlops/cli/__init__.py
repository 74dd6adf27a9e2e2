"""cli: one file per noun; the only code that prints and exits."""
