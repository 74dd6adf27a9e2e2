"""Numbers as drawings that need no script: what is seen is said in a table beside it, too."""
