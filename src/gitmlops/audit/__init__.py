"""audit: what an auditor asks for: every model with its tier and approvals, and all that one version rests on."""
