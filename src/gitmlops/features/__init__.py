"""features: the feature store; definitions are checked (`wiring`), selected (`selection`) and joined (`retrieval`)."""
