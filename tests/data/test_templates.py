"""Templates leave out what an empty cell would leave dangling."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtrec_core.data.templates import render, template_columns
from mtrec_core.errors import DataError


def one(template, **cells):
    """The text of a single row."""
    table = pa.table({name: pa.array([cell], pa.string()) for name, cell in cells.items()})
    return render(template, table)[0].as_py()


@pytest.mark.parametrize(
    ("template", "cells", "text"),
    [
        ("{title}. {brand}", {"title": "Lamp", "brand": "Ikea"}, "Lamp. Ikea"),
        ("{title}. {brand}", {"title": "Lamp", "brand": None}, "Lamp"),
        ("{title}. {brand}", {"title": None, "brand": "Ikea"}, "Ikea"),
        ("{title}. {brand}", {"title": " ", "brand": None}, ""),
        ("{title}. {brand}", {"title": "A lamp.", "brand": "Ikea"}, "A lamp. Ikea"),
        ("{title}. {brand}", {"title": "A lamp!", "brand": "Ikea"}, "A lamp! Ikea"),
        ("{a}. {b}. {c}", {"a": "Lamp", "b": None, "c": "red"}, "Lamp. red"),
        ("{a}. Price: {b}. {c}", {"a": "Lamp", "b": None, "c": "red"}, "Lamp. red"),
        ("{a}. Price: {b}. {c}", {"a": "Lamp", "b": "9", "c": None}, "Lamp. Price: 9"),
        ("{a} ({b}), {c}", {"a": "Lamp", "b": None, "c": "red"}, "Lamp, red"),
        ("{a} ({b})", {"a": "Lamp", "b": "Ikea"}, "Lamp (Ikea)"),
        ("{a} by {b}. {c}", {"a": None, "b": "Ikea", "c": "red"}, "by Ikea. red"),
        ("{a} from {b}", {"a": "baker", "b": None}, "baker"),
        ("{age} years old, {city}", {"age": None, "city": "Bonn"}, "Bonn"),
        ("{age} years old, {city}", {"age": "7", "city": "Bonn"}, "7 years old, Bonn"),
        ("Buy {a}.", {"a": "Lamp"}, "Buy Lamp."),
        ("Buy {a}.", {"a": None}, ""),
        ("{a}.", {"a": "Really?"}, "Really?"),
        ("{a}: {b}", {"a": "Ikea", "b": "Lamp"}, "Ikea: Lamp"),
        ("{a} - {b}", {"a": "Ikea", "b": None}, "Ikea"),
        ("{{a}} {a}", {"a": "x"}, "{a} x"),
        ("{a}", {"a": "  two \n\t words "}, "two words"),
        ("no field", {"a": "x"}, "no field"),
    ],
)
def test_an_empty_cell_leaves_out_its_words_and_joints(template, cells, text):
    assert one(template, **cells) == text


def test_numbers_are_written_as_people_write_them():
    table = pa.table({"price": [9.0, 9.5, None], "stock": pa.array([1, 2, 3])})
    assert render("{price} EUR, {stock} left", table).to_pylist() == [
        "9 EUR, 1 left",
        "9.5 EUR, 2 left",
        "3 left",
    ]


@given(st.lists(st.one_of(st.none(), st.sampled_from(["", "x", "two words"])), min_size=3, max_size=3))
def test_a_text_never_has_two_joints_in_a_row_nor_loose_ends(cells):
    text = one("{a}. {b}, {c}. ", a=cells[0], b=cells[1], c=cells[2])
    present = [cell for cell in cells if cell]
    assert text.replace(".", "").replace(",", "").split() == " ".join(present).split()
    assert ". ." not in text
    assert ". ," not in text
    assert not text.startswith((".", ",", " "))
    assert not text.endswith((",", " "))


def test_an_unknown_column_is_named_with_the_closest_one():
    with pytest.raises(DataError, match=r"'titel'.*columns are: title, brand.*mean 'title'"):
        render("{titel}", pa.table({"title": ["x"], "brand": ["y"]}))


@pytest.mark.parametrize("template", ["{title", "title}", "{} x", "{a{b}}"])
def test_a_brace_without_its_partner_is_an_error(template):
    with pytest.raises(DataError, match="brace"):
        render(template, pa.table({"title": ["x"], "b": ["y"]}))


def test_the_columns_of_a_template_come_once_each_in_order():
    assert template_columns("{b} {a}, {b} and {{c}}") == ("b", "a")
    assert template_columns(None) == ()
