"""gitmlops pipeline"""
