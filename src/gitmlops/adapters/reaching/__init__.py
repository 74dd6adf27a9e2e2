"""What leaves this machine: mail, webhooks, pages for its own browsers."""
