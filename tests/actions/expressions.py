"""GitHub's `${{ }}` expressions, as far as our actions and workflows use them: anything else is an error."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r"\s*(?:(==|!=|&&|\|\||[!().,\[\]])|'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w-]*))")
_LITERALS = {"true": True, "false": False, "null": None}
_STATUS = re.compile(r"\b(always|success|failure|cancelled)\(")


@dataclass(frozen=True)
class Scope:
    """What an expression can see: contexts by name, whether a step has failed so far, whether the run is cancelled."""

    contexts: Mapping[str, Any]
    failed: bool = False
    cancelled: bool = False


def fill(text: str, scope: Scope) -> str:
    """The text with every `${{ }}` replaced by its value, as GitHub writes it out."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda match: shown(evaluate(match[1], scope)), text, flags=re.DOTALL)


def holds(condition: str | bool | None, scope: Scope) -> bool:
    """Whether a step with this `if:` runs; without a status function it means `success() && (…)`."""
    if condition is None:
        return not (scope.failed or scope.cancelled)
    text = shown(condition).strip()
    text = text[3:-2] if text.startswith("${{") and text.endswith("}}") else text
    if not _STATUS.search(text) and (scope.failed or scope.cancelled):
        return False
    return _truthy(evaluate(text, scope))


def evaluate(expression: str, scope: Scope) -> Any:
    """The value of an expression. Raises SyntaxError for what this file does not know."""
    parser = _Parser(_tokens(expression), scope)
    value = parser.either()
    if parser.tokens:
        raise SyntaxError(f"{parser.tokens[0][1]!r} is left over in {expression!r}")
    return value


def shown(value: Any) -> str:
    """A value in text: nothing for null, lower case for booleans."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _tokens(expression: str) -> list[tuple[str, str]]:
    tokens, place, kinds = [], 0, ("sign", "text", "number", "name")
    while expression[place:].strip():
        match = _TOKEN.match(expression, place)
        if match is None:
            raise SyntaxError(f"cannot read {expression[place:]!r}")
        tokens.append((kinds[(match.lastindex or 1) - 1], match[match.lastindex or 1]))
        place = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], scope: Scope) -> None:
        self.tokens, self.scope = tokens, scope

    def either(self) -> Any:
        value = self.both()
        while self._take("||"):
            other = self.both()
            value = value if _truthy(value) else other
        return value

    def both(self) -> Any:
        value = self.equality()
        while self._take("&&"):
            other = self.equality()
            value = other if _truthy(value) else value
        return value

    def equality(self) -> Any:
        value = self.unary()
        while self.tokens and self.tokens[0] in (("sign", "=="), ("sign", "!=")):
            sign = self.tokens.pop(0)[1]
            value = _same(value, self.unary()) == (sign == "==")
        return value

    def unary(self) -> Any:
        if self._take("!"):
            return not _truthy(self.unary())
        if self._take("("):
            value = self.either()
            self._need(")")
            return value
        return self._value()

    def _value(self) -> Any:
        if not self.tokens:
            raise SyntaxError("the expression ends too early")
        kind, text = self.tokens.pop(0)
        if kind == "text":
            return text.replace("''", "'")
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "sign":
            raise SyntaxError(f"{text!r} is no value")
        if self._take("("):
            return self._call(text)
        return _LITERALS[text] if text in _LITERALS else self._context(text)

    def _context(self, name: str) -> Any:
        if name not in self.scope.contexts:
            raise SyntaxError(f"there is no context {name!r}")
        value = self.scope.contexts[name]
        while self.tokens and self.tokens[0] in (("sign", "."), ("sign", "[")):
            if self._take("."):
                key = self.tokens.pop(0)[1]
            else:
                self._need("[")
                key = self.either()
                self._need("]")
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def _call(self, name: str) -> Any:
        arguments = []
        while not self._take(")"):
            arguments.append(self.either())
            self._take(",")
        return _functions(self.scope)[name](*arguments)

    def _take(self, sign: str) -> bool:
        if self.tokens and self.tokens[0] == ("sign", sign):
            self.tokens.pop(0)
            return True
        return False

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise SyntaxError(f"{sign!r} is missing")


def _functions(scope: Scope) -> Mapping[str, Callable[..., Any]]:
    return {
        "always": lambda: True,
        "success": lambda: not (scope.failed or scope.cancelled),
        "failure": lambda: scope.failed,
        "cancelled": lambda: scope.cancelled,
        "fromJSON": json.loads,
        "format": lambda text, *values: text.format(*map(shown, values)),
        "contains": lambda text, part: shown(part).lower() in shown(text).lower(),
        "startsWith": lambda text, part: shown(text).lower().startswith(shown(part).lower()),
    }


def _truthy(value: Any) -> bool:
    return value not in (None, False, 0, "")


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return left == right if type(left) is type(right) else _number(left) == _number(right)


def _number(value: Any) -> float:
    try:
        return float(value or 0)
    except ValueError:
        return float("nan")
