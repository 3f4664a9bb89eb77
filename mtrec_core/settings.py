"""What a settings dataclass says about itself, and how a text becomes a field's value. No torch here.

The docstring under a field is its help. A number's ends with its unit and its range in brackets, such as
`[rows; 1 or more]`, `[above 0]`, `[0 to below 1]`; the rule that guards it stands in `__post_init__`.
"""

import ast
import dataclasses
import difflib
import inspect
import math
import re
import textwrap
import types
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from mtrec_core.errors import SettingError

MOST_WHOLE = 2**53 - 1
"""Beyond it neighbouring whole numbers are one in JSON, in a browser and in a float."""
_BRACKETS = re.compile(r"\s*\[(?:([^;\]]+); )?([^;\]]+)\]$")
_RANGES = (
    re.compile(r"(?P<least>-?[\d.]+) or more"),
    re.compile(r"above (?P<above>-?[\d.]+)"),
    re.compile(r"(?P<least>-?[\d.]+) to below (?P<below>-?[\d.]+)"),
    re.compile(r"(?P<least>-?[\d.]+) to (?P<most>-?[\d.]+)"),
)


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The unit of a number and where it may lie, as its docstring says it."""

    unit: str = ""
    words: str = ""
    """The range as it is written, such as `0 to below 1`."""
    least: float | None = None
    most: float | None = None
    least_counts: bool = True
    """Whether the least value itself is allowed."""
    most_counts: bool = True

    def hold(self, value: float) -> bool:
        """Whether a value lies inside."""
        if self.least is not None and (value < self.least or (value == self.least and not self.least_counts)):
            return False
        return self.most is None or value < self.most or (value == self.most and self.most_counts)


def bounds_of(doc: str) -> Bounds:
    """Unit and range from the brackets at the end of a docstring; no bounds where there are none."""
    found = _BRACKETS.search(doc)
    if not found:
        return Bounds()
    for form in _RANGES:
        match = form.fullmatch(found[2])
        if match:
            ends = {name: float(value) for name, value in match.groupdict().items()}
            return Bounds(
                unit=found[1] or "",
                words=found[2],
                least=ends.get("least", ends.get("above")),
                most=ends.get("most", ends.get("below")),
                least_counts="above" not in ends,
                most_counts="below" not in ends,
            )
    return Bounds()


@dataclass(frozen=True, kw_only=True)
class SettingField:
    """One setting: its dotted name, type, default and the sentence under it."""

    name: str
    type: Any
    default: Any
    doc: str

    @property
    def choices(self) -> tuple[str, ...]:
        """The allowed words, for a field that is a choice."""
        return get_args(self.type) if get_origin(self.type) is Literal else ()

    @property
    def bounds(self) -> Bounds:
        """Unit and range of a number."""
        return bounds_of(self.doc)

    @property
    def help(self) -> str:
        """The docstring without the brackets."""
        return _BRACKETS.sub("", self.doc) if self.bounds.words else self.doc


@cache
def field_docs(settings: type) -> dict[str, str]:
    """Field name -> the docstring under it, read from the class's source."""
    body = ast.parse(textwrap.dedent(inspect.getsource(settings))).body[0]
    assert isinstance(body, ast.ClassDef)
    docs = {}
    for node, after in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            docs[node.target.id] = " ".join(after.value.value.split())
    return docs


@cache
def setting_fields(settings: type, prefix: str = "") -> tuple[SettingField, ...]:
    """The fields of a settings dataclass, in their order; `prefix` goes before each name, with a dot."""
    hints = get_type_hints(settings)
    docs = field_docs(settings)
    found = []
    for field in dataclasses.fields(settings):
        default = field.default
        if default is dataclasses.MISSING and field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        name = f"{prefix}.{field.name}" if prefix else field.name
        found.append(
            SettingField(name=name, type=hints[field.name], default=default, doc=docs.get(field.name, ""))
        )
    return tuple(found)


def unknown_name(what: str, name: str, known: list[str]) -> SettingError:
    """The error for a name that does not exist, with the nearest known one."""
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return SettingError(f"Unknown {what} {name};{hint} known here: {', '.join(sorted(known))}.")


def convert(field: SettingField, value: Any) -> Any:
    """`value` (a text, or what JSON and TOML hold) as the field's type; SettingError names field, rule and
    value."""
    kind = field.type
    try:
        if field.choices:
            if value not in field.choices:
                raise ValueError(f"one of {', '.join(field.choices)}")
            return value
        if get_origin(kind) in (Union, types.UnionType):
            if value is None or value == "none":
                return None
            kind = next(option for option in get_args(kind) if option is not type(None))
        if kind is bool:
            return _as_bool(value)
        if kind is int:
            whole = _as_int(value)
            if abs(whole) > MOST_WHOLE:
                raise SettingError(
                    f"Setting {field.name} is {value!r}; it must have at most 15 digits. {field.doc}"
                )
            return whole
        if kind is float:
            if isinstance(value, bool) or not math.isfinite(float(value)):
                raise ValueError("a number")
            return float(value)
        if kind is str:
            return str(value)
    except (TypeError, ValueError) as error:
        rule = {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, str(error))
        raise SettingError(f"Setting {field.name} is {value!r}; it must be {rule}. {field.doc}") from None
    raise SettingError(f"Setting {field.name} can't be given as a single value.")


def _as_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if str(value).lower() not in words:
        raise ValueError("true or false")
    return words[str(value).lower()]


def _as_int(value: Any) -> int:
    if isinstance(value, bool) or not float(value).is_integer():
        raise ValueError("a whole number")
    return int(float(value))
