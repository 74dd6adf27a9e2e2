"""DVC: its command (`command`), its pointer and lock files (`pointers`), its cache (`cache`)."""
