"""The static site: features, models, policies and drift for people who do not use a terminal."""
