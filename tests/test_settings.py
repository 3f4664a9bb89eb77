"""What settings say of themselves, and how texts become values."""

from dataclasses import dataclass
from typing import Literal

import pytest

from mtrec_core.config import RunConfig, all_settings, with_setting, with_settings
from mtrec_core.errors import SettingError
from mtrec_core.settings import (
    Bounds,
    SettingField,
    bounds_of,
    convert,
    field_docs,
    setting_fields,
    unknown_name,
)


@dataclass(frozen=True, kw_only=True)
class Oven:
    """How a cake is baked."""

    minutes: int = 40
    """How long it stays
    in the oven."""
    heat: float = 180.0
    """Degrees."""
    fan: bool = False
    """Whether the fan runs."""
    mode: Literal["top", "both"] = "both"
    """Which side is hot."""
    name: str = ""
    probe: float | None = None
    """Degrees inside at which it ends; none never ends it."""


def field(name, prefix="oven"):
    return next(item for item in setting_fields(Oven, prefix) if item.name == f"{prefix}.{name}")


def test_a_field_says_what_stands_under_it():
    assert field_docs(Oven) == {
        "minutes": "How long it stays in the oven.",
        "heat": "Degrees.",
        "fan": "Whether the fan runs.",
        "mode": "Which side is hot.",
        "probe": "Degrees inside at which it ends; none never ends it.",
    }


def test_fields_come_in_their_order_with_type_default_and_choices():
    fields = setting_fields(Oven, "oven")
    assert [item.name for item in fields] == [
        f"oven.{name}" for name in ("minutes", "heat", "fan", "mode", "name", "probe")
    ]
    assert field("minutes") == SettingField(
        name="oven.minutes", type=int, default=40, doc="How long it stays in the oven."
    )
    assert field("mode").choices == ("top", "both")
    assert field("heat").choices == ()
    assert field("name").doc == ""
    assert setting_fields(Oven)[0].name == "minutes"


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("minutes", "50", 50),
        ("minutes", 50.0, 50),
        ("minutes", "5e1", 50),
        ("heat", "1e-3", 0.001),
        ("heat", 7, 7.0),
        ("fan", "yes", True),
        ("fan", "False", False),
        ("fan", True, True),
        ("fan", "0", False),
        ("mode", "top", "top"),
        ("name", "apple", "apple"),
        ("probe", "none", None),
        ("probe", None, None),
        ("probe", "60", 60.0),
    ],
)
def test_a_text_becomes_a_value_of_the_fields_type(name, given, value):
    found = convert(field(name), given)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "given", "rule"),
    [
        ("minutes", "1.5", "a whole number"),
        ("minutes", "long", "a whole number"),
        ("minutes", True, "a whole number"),
        ("minutes", None, "a whole number"),
        ("minutes", "inf", "a whole number"),
        ("minutes", "nan", "a whole number"),
        ("heat", "hot", "a number"),
        ("heat", False, "a number"),
        ("heat", "nan", "a number"),
        ("heat", "inf", "a number"),
        ("heat", [1], "a number"),
        ("fan", "maybe", "true or false"),
        ("fan", 2, "true or false"),
        ("mode", "bottom", "one of top, both"),
        ("probe", "warm", "a number"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_the_rule_and_the_meaning(name, given, rule):
    with pytest.raises(SettingError) as caught:
        convert(field(name), given)
    text = str(caught.value)
    assert text.startswith(f"Setting oven.{name} is {given!r}; it must be {rule}.")
    assert field(name).doc in text


def test_an_unknown_name_comes_with_the_nearest_and_all_known_ones():
    error = unknown_name("setting", "oven.minuts", ["oven.minutes", "oven.heat"])
    assert isinstance(error, SettingError)
    assert (
        str(error)
        == "Unknown setting oven.minuts; Did you mean oven.minutes? known here: oven.heat, oven.minutes."
    )
    assert "Did you mean" not in str(unknown_name("setting", "xyz", ["oven.heat"]))


@pytest.mark.parametrize(
    ("doc", "bounds"),
    [
        ("Rows. [rows; 1 or more]", Bounds(unit="rows", words="1 or more", least=1)),
        ("Step size. [above 0]", Bounds(words="above 0", least=0, least_counts=False)),
        ("Share. [0 to below 1]", Bounds(words="0 to below 1", least=0, most=1, most_counts=False)),
        ("Share. [0 to 0.9]", Bounds(words="0 to 0.9", least=0, most=0.9)),
        ("Any number.", Bounds()),
        ("A list [as it is]", Bounds()),
    ],
)
def test_a_docstring_ends_with_unit_and_range(doc, bounds):
    assert bounds_of(doc) == bounds


def test_bounds_hold_what_lies_inside():
    share = bounds_of("Share. [0 to below 1]")
    assert [share.hold(value) for value in (-0.1, 0, 0.5, 1)] == [False, True, True, False]
    assert [bounds_of("Rate. [above 0]").hold(value) for value in (0, 0.1, 1e9)] == [False, True, True]


NUMBERS = [item for item in all_settings() if item.type in (int, float)]
OTHERS_IT_NEEDS = {"text.tokens_per_batch": {"text.max_length": 2}}
ANY_NUMBER = {"data.split_seed": "each number draws another split"}


@pytest.mark.parametrize("item", NUMBERS, ids=lambda item: item.name)
def test_the_range_in_a_docstring_is_the_rule_that_guards_the_field(item):
    bounds = item.bounds
    if item.name in ANY_NUMBER:
        assert bounds == Bounds()
        return
    assert bounds.words, f"say the range of {item.name} in brackets at the end of its docstring"
    config = with_settings(RunConfig(dataset="d"), OTHERS_IT_NEEDS.get(item.name, {}))
    step = 1 if item.type is int else 1e-6
    for end, counts, out in ((bounds.least, bounds.least_counts, -1), (bounds.most, bounds.most_counts, 1)):
        if end is None:
            continue
        allowed = end if counts else end - out * step
        refused = end + out * step if counts else end
        assert with_setting(config, item.name, item.type(allowed))
        with pytest.raises(SettingError):
            with_setting(config, item.name, item.type(refused))


def test_help_is_the_docstring_without_its_brackets():
    fields = {item.name: item for item in all_settings()}
    assert fields["training.batch_size"].help == "Rows of a step, all tasks together."
    assert fields["training.optimizer"].help == fields["training.optimizer"].doc
