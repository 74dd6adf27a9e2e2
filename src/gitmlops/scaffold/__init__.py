"""scaffold: what `init` writes, from the templates that ship with the package."""
