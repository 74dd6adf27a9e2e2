"""How well a version does, by outcomes and before they are known."""
