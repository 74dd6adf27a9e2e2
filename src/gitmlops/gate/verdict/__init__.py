"""verdict: a model's outcomes, its judgement, the report that people read and the receipt that is kept."""
