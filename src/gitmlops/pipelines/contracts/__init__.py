"""contracts: what components ask for and give; where they come from: the library, this repository, others."""
