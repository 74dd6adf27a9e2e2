"""Signatures of bytes and of tags."""
