"""What a version's commit has: its files, whether they are what the tag pins, and the gate's receipt of them."""
