"""evidence: what is judged on: scores that the gate makes itself, labels, groups, digests."""
