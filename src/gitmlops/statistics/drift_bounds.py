"""How far an effect that was measured may be from the true one."""

import math


def sampling_margin(n: int, m: int, *, alpha: float) -> float:
    """Half the width of a two-sided interval of a KS distance, a total variation or a rise of a share, at least 0.

    sqrt(ln(2 / alpha) (1/n + 1/m) / 2): with n reference and m current independent rows, the measured effect is
    farther than that from the true one in at most the share alpha of all samples. Of a KS distance by Kolmogorov's
    limit 2 exp(-2 x^2), which bounds what chance adds to the difference of two distribution functions; of the others
    by McDiarmid's inequality, as one row moves them by 1/n or 1/m at most. Infinite without rows.
    """
    if not n or not m:
        return math.inf
    return math.sqrt(math.log(2 / alpha) * (1 / n + 1 / m) / 2)
