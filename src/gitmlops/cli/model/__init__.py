"""gitmlops model"""
