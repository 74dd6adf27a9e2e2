"""families: what is measured of a candidate beside its scores: its file, its data, its definitions, its documents."""
