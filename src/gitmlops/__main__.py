"""`python -m gitmlops`."""

from gitmlops.cli.main import main

if __name__ == "__main__":  # processes of joblib and Dask import the main module, too
    main()
