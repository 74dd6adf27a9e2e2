"""statistics: metrics, intervals and drift measures; arrays in, numbers out, nothing else."""
