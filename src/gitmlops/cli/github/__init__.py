"""gitmlops github"""
