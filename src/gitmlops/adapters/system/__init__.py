"""This machine: processes, started in one place and taken away when whoever started them is gone; threads, packages."""
