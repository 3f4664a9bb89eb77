"""What a settings dataclass says about itself, and how a text becomes a field's value. No torch here."""

import ast
import dataclasses
import difflib
import inspect
import math
import textwrap
import types
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from mtrec_core.errors import SettingError


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
            return _as_int(value)
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
