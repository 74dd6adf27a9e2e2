"""checks: one rule and its evidence in, an outcome with its reason out."""
