"""`python -m gitmlops`."""

from gitmlops.cli.main import main

main()
