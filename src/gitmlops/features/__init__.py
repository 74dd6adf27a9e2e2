"""features: the feature store; definitions are checked (`wiring`), selected (`selection`) and joined (`retrieval`).

For Python: `get` for training and batches, `OnlineStore` for serving. Importing the package loads neither.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gitmlops.features.public import get
    from gitmlops.features.serving.online_store import OnlineStore

__all__ = ["OnlineStore", "get"]

_MODULES = {"OnlineStore": "gitmlops.features.serving.online_store", "get": "gitmlops.features.public"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
