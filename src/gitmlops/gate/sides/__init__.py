"""sides: the base, whose rules judge, and the head, which is judged; what differs between them."""
