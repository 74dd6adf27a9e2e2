"""pipelines: steps wired from components, compiled to plain DVC stages, and the running of one step."""
