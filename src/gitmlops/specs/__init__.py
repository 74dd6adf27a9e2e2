"""specs: what a person may write in a definition file, and the strict reading of it."""
