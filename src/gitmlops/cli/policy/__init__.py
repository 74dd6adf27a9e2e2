"""gitmlops policy"""
