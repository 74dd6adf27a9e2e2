"""The number of a metric of an installed package: whatever else comes out of it is no number, and never a pass."""

import math
import numbers
from fractions import Fraction

from gitmlops import plugins
from gitmlops.plugins import PluginError
from gitmlops.statistics.classification import Array, Unmeasurable


def plugin_value(name: str, labels: Array, scores: Array) -> Fraction:
    """The metric PACKAGE/NAME on these rows, which its code gets as copies that cannot be written to.

    Raises Unmeasurable for a metric that is not installed, fails, or returns no finite number.
    """
    try:
        made, found = plugins.loaded(name), plugins.installed()[name]
        value = plugins.guarded(found, lambda: made.measure(_read_only(labels), _read_only(scores)))
    except PluginError as error:
        raise Unmeasurable(error.what) from error
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise Unmeasurable(f"{name} of {found.package} returned {type(value).__name__}, not a number")
    if not math.isfinite(value):
        raise Unmeasurable(f"{name} of {found.package} returned {value}")
    return Fraction(float(value))


def _read_only(values: Array) -> Array:
    copied = values.copy()
    copied.flags.writeable = False
    return copied
