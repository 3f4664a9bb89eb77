"""Roles of columns become a declaration and back; what is wrong with one is said in a sentence."""

from dataclasses import replace
from pathlib import Path

import pytest

from mtrec_core.data.schema import DatasetSpec, EntitySpec, TaskSpec
from mtrec_core.data.table_facts import ColumnFacts, TableFacts
from mtrec_core.ui.data_problems import problems
from mtrec_core.ui.data_roles import columns_of, role_of_column, template_for, with_roles
from mtrec_core.ui.data_task_changes import kinds_for, new_task, pivot, without_task


def column(name, cells="text", *values, missing=0.0) -> ColumnFacts:
    return ColumnFacts(
        name=name, cells=cells, distinct=len(values) or 9, missing=missing, examples=values[:3], values=values
    )


ITEMS = TableFacts(
    file="items.csv",
    rows=9,
    columns=(
        column("sku"),
        column("title", "text", "Mug", "Lamp"),
        column("brand", "text", "Acme", "Zip"),
        column("price", "number", "1.5", "2"),
    ),
)
EVENTS = TableFacts(
    file="events.csv",
    rows=90,
    columns=(
        column("user"),
        column("sku"),
        column("event", "text", "view", "cart", "purchase"),
        column("when", "time", "2024-01-01"),
        column("stars", "whole", "1", "2", "5"),
        column("liked", "yes_no", "true", "false"),
    ),
)
ITEM = EntitySpec(
    name="item",
    table="items.csv",
    key="sku",
    text="{title}. {brand}",
    categorical=("brand",),
    numeric=("price",),
)
USER = EntitySpec(name="user", key="user")
BUY = TaskSpec(
    name="buy",
    kind="retrieval",
    table="events.csv",
    inputs=("user", "item"),
    columns=("user", "sku"),
    time="when",
)
SPEC = DatasetSpec(
    name="d", folder=Path("d"), tables=Path("d"), entities={"user": USER, "item": ITEM}, tasks={"buy": BUY}
)
TABLES = [ITEMS, EVENTS]


def texts_of(spec) -> str:
    return " ".join(problem.text for problem in problems(spec, TABLES))


def rated(**values) -> DatasetSpec:
    task = replace(BUY, name="rate", kind="regression", label="stars", **values)
    return replace(SPEC, tasks={"rate": task})


def test_the_roles_of_a_declaration_give_it_back():
    roles = {item.name: role_of_column(ITEM, item.name) for item in ITEMS.columns}
    assert roles == {"sku": "key", "title": "text", "brand": "text_category", "price": "number"}
    assert with_roles(ITEM, roles, ITEM.text) == ITEM


def test_a_thing_without_a_table_is_described_by_the_tables_of_its_tasks():
    assert [item.name for item in columns_of(SPEC, USER, TABLES)] == list(EVENTS.names)
    assert [item.name for item in columns_of(SPEC, ITEM, TABLES)] == list(ITEMS.names)


@pytest.mark.parametrize(
    ("template", "wanted", "expected"),
    [
        ("{a}: {b}", ["a", "b"], "{a}: {b}"),
        ("{a}: {b}", ["b", "a"], "{a}: {b}"),
        ("{a}: {b}", ["a", "b", "c"], "{a}: {b}. {c}"),
        ("{a}: {b}", ["b", "c"], "{b}. {c}"),
        (None, ["a"], "{a}"),
        ("{a}", [], None),
        ("{a", ["b"], "{a. {b}"),
    ],
)
def test_a_template_changes_as_little_as_can_be(template, wanted, expected):
    assert template_for(template, wanted) == expected


def test_a_sound_declaration_has_no_problem():
    assert problems(SPEC, TABLES) == []
    assert problems(rated(), TABLES) == []


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"numeric": ("title",), "text": None}, "entity.item", ["'title'", "Number", "'Mug'"]),
        ({"text": "{name}"}, "entity.item", ["'name'", "sku, title, brand, price"]),
        ({"text": "{title"}, "entity.item", ["text"]),
        ({"key": None}, "entity.item", ["key"]),
        ({"categorical": ("price",)}, "entity.item", ["'price'", "categorical and as numeric"]),
    ],
)
def test_a_wrong_role_is_told_at_its_thing(change, place, words):
    spec = replace(SPEC, entities={"user": USER, "item": replace(ITEM, **change)})
    [problem] = problems(spec, TABLES)
    assert problem.place == place
    assert all(word in problem.text for word in words), problem.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"label": "event"}, ["'event'", "'view'", "needs numbers"]),
        ({"label": "star"}, ["events.csv has no column 'star'", "stars"]),
        ({"kind": "binary"}, ["'stars'", "counts as yes"]),
        ({"kind": "binary", "positive": "7"}, ["'7'"]),
        ({"time": "event"}, ["'event'", "time"]),
        ({"label": None}, ["label"]),
        ({"kind": "ranking"}, ["group"]),
        ({"inputs": ()}, ["inputs"]),
    ],
)
def test_a_wrong_column_is_told_at_its_task(change, words):
    spec = rated()
    spec = replace(spec, tasks={"rate": replace(spec.tasks["rate"], **change)})
    found = problems(spec, TABLES)
    assert {problem.place for problem in found} == {"task.rate"}
    assert all(word in texts_of(spec) for word in words), texts_of(spec)


def test_an_empty_key_cell_is_told():
    gaps = replace(ITEMS, columns=(column("sku", missing=0.2), *ITEMS.columns[1:]))
    [problem] = problems(SPEC, [gaps, EVENTS])
    assert "'sku' is the key" in problem.text


def test_an_event_column_becomes_a_task_per_event():
    spec = pivot(SPEC, BUY, "event", ["view", "purchase"])
    assert list(spec.tasks) == ["buy", "view", "purchase"]
    assert spec.tasks["purchase"].where == {"event": ("purchase",)}
    assert spec.tasks["purchase"].inputs == BUY.inputs
    assert problems(spec, TABLES) == []


def test_a_removed_task_takes_along_what_only_it_was_about():
    both = new_task(SPEC, ITEMS, "brand", "multiclass", "Brand")
    assert list(without_task(both, "buy").entities) == ["item"]
    assert list(without_task(both, "brand").entities) == ["user", "item"]


def test_a_new_task_is_about_the_things_whose_keys_stand_in_its_table():
    spec = new_task(SPEC, EVENTS, "liked", "binary", "Is it liked?")
    task = spec.tasks["is_it_liked"]
    assert (task.inputs, task.columns, task.label) == (("user", "item"), ("user", "sku"), "liked")
    assert problems(spec, TABLES) == []


def test_a_new_task_on_a_table_without_keys_is_about_its_rows():
    empty = DatasetSpec(name="d", folder=Path("d"), tables=Path("d"), entities={}, tasks={})
    spec = new_task(empty, ITEMS, "price", "regression", "price")
    assert spec.tasks["price"].inputs == ("row",)
    assert spec.entities["row"].text == "{sku}. {title}. {brand}"
    assert spec.entities["row"].numeric == ()  # price is the label


def test_the_kinds_that_fit_a_label_come_first():
    assert kinds_for(column("a", "text", "yes", "no"))[0] == "binary"
    assert kinds_for(column("a", "whole", "1", "2", "3"))[0] == "regression"
    assert kinds_for(column("a", "text", "x", "y", "z"))[0] == "multiclass"
