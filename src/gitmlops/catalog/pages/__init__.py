"""One module a kind of page: what was gathered in, a page as a value out."""
