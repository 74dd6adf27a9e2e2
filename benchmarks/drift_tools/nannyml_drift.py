"""NannyML's univariate drift with its default methods, on two Parquet files, the current one as one chunk."""

import sys

import nannyml
import pandas

reference, current = (pandas.read_parquet(path) for path in sys.argv[1:3])
columns = list(reference.columns)
calculator = nannyml.UnivariateDriftCalculator(column_names=columns, chunk_size=len(current))
calculator.fit(reference)
calculator.calculate(current)
