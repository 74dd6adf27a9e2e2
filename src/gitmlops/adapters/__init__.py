"""adapters: the only code that touches processes, the disk's tools, git, DVC, the network and data engines."""
