"""Rows: Parquet, CSV, JSON Lines and databases, read in bounded memory, though a stranger wrote them."""
