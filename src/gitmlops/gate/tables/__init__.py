"""Predictions that no memory holds, counted by an engine, and the checks that counts can be held against."""
