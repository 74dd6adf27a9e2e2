"""gitmlops retrain"""
