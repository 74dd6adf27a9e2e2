"""imports: definitions taken over from other repositories, pinned by commit."""
