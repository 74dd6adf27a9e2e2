"""gitmlops feature"""
