"""tune: the parameters with which an estimator does best on rows that it did not see."""
