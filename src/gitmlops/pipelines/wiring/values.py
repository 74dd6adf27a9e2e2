"""A value against what a component's parameter may be."""

from collections.abc import Mapping

from gitmlops.errors import InputError
from gitmlops.specs.component import ItemType, Parameter, ParameterType
from gitmlops.specs.fields import Json
from gitmlops.specs.hints import nearest

_PYTHON_TYPES: Mapping[ParameterType | ItemType, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "object": (dict,),
    "seed": (int,),
    "feature_set": (str,),
    "model_definition": (str,),
}
_SHOWN: Mapping[type, str] = {dict: "a mapping", list: "a list"}


def require(value: Json, wanted: Parameter, *, what: str) -> None:
    """Raises InputError, without a place, unless the parameter may have the value; what: how it is named."""
    _require_type(value, wanted.type, what)
    if wanted.enum and value not in wanted.enum:
        known = [str(item) for item in wanted.enum]
        raise InputError(f"{what} cannot be {_shown(value)}", mend=nearest(str(value), known))
    if isinstance(value, int | float) and not isinstance(value, bool):
        if wanted.minimum is not None and value < wanted.minimum:
            raise InputError(f"{what} is {value}, which is too small", mend=f"write at least {wanted.minimum:g}")
        if wanted.maximum is not None and value > wanted.maximum:
            raise InputError(f"{what} is {value}, which is too large", mend=f"write at most {wanted.maximum:g}")
    if wanted.items:
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in inside:
            _require_type(
                item, wanted.items, f"{key!r} of {what}" if isinstance(key, str) else f"item {key + 1} of {what}"
            )


def _require_type(value: Json, wanted: ParameterType | ItemType, what: str) -> None:
    is_right = isinstance(value, _PYTHON_TYPES[wanted]) and (wanted == "boolean" or not isinstance(value, bool))
    if not is_right:
        mend = f'quote it: "{value}"' if wanted == "string" else f"write {_article(wanted)}"
        raise InputError(f"{what} must be {_article(wanted)}, not {_shown(value)}", mend=mend)


def _article(wanted: str) -> str:
    named = {"string": "text", "integer": "a whole number", "seed": "a whole number", "object": "a mapping"}
    return named.get(wanted, f"a {wanted.replace('_', ' ')}")


def _shown(value: Json) -> str:
    return _SHOWN.get(type(value)) or repr(value)
