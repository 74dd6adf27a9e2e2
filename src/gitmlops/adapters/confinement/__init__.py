"""A process that shuts itself in, for ever, before it touches what strangers made; Linux only, no privileges needed."""
