"""records: the JSON files that are kept, each with a versioned schema, canonical bytes and a strict reader."""
