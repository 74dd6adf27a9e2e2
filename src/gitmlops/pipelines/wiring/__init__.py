"""wiring: what is wrong with pipelines and components, found before anything runs."""
