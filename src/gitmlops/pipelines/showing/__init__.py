"""showing: pipelines for people: graphs, overviews, what changed between two states."""
