"""whylogs: the current Parquet file profiled, and held against the profile of the reference.

The reference's profile is made by a first call (`profile REFERENCE`), as it is with gitmlops, and not measured.
"""

import sys
from pathlib import Path

import pandas
import whylogs
from whylogs.core.view.dataset_profile_view import DatasetProfileView
from whylogs.viz.drift.column_drift_algorithms import calculate_drift_scores

if sys.argv[1] == "profile":
    path = Path(sys.argv[2])
    whylogs.log(pandas.read_parquet(path)).view().write(str(path.with_suffix(".whylogs")))
else:
    reference = DatasetProfileView.read(str(Path(sys.argv[1]).with_suffix(".whylogs")))
    current = whylogs.log(pandas.read_parquet(sys.argv[2])).view()
    calculate_drift_scores(current, reference, with_thresholds=True)
