"""rules: what policies ask: their checks, how they extend each other, whom they judge, what makes them tighter."""
