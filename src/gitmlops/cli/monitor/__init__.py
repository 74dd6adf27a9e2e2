"""gitmlops monitor"""
