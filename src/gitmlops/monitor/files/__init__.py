"""monitor.files: profiles of data files, and data files against profiles, without a repository."""
