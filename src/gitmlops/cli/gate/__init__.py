"""gitmlops gate"""
