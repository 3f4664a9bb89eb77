"""Things that a reader adds, renames, moves, changes and takes out."""

from dataclasses import replace

import pytest

from mtrec_core.data.schema import DatasetSpec, EntitySpec, HistorySpec, SplitSpec
from mtrec_core.data.table_facts import TableFacts
from mtrec_core.ui.data_problems import problems
from mtrec_core.ui.data_roles import with_roles
from mtrec_core.ui.data_thing_changes import (
    changed_thing,
    described,
    moved,
    needed_by,
    new_thing,
    renamed,
    suggested_features,
    tasks_about,
    tells_apart,
    trouble_with_name,
    without_thing,
)
from tests.ui.test_data_roles import BUY, ITEM, ITEMS, SPEC, TABLES, USER, column

USERS = TableFacts(
    file="users.csv",
    rows=9,
    columns=(
        column("user"),
        column("mail"),
        column("city", "text", "Kiel", "Ulm"),
        column("about"),
        column("age", "whole"),
        column("since", "time"),
    ),
)
ALL = [*TABLES, USERS]


def test_a_thing_with_its_own_table_is_described_as_its_cells_suggest():
    columns = {part.name: part for part in USERS.columns}
    names = suggested_features(SPEC, USERS, "user")
    # No key, and no time.
    assert names == ["mail", "city", "about", "age"]
    made = described(EntitySpec(name="person"), [columns[name] for name in names])
    assert (made.text, made.categorical, made.numeric) == ("{mail}. {about}", ("city",), ("age",))


def test_a_label_is_no_feature_of_a_new_thing():
    rate = replace(BUY, name="rate", kind="regression", label="price", table="items.csv")
    assert "price" not in suggested_features(replace(SPEC, tasks={"rate": rate}), ITEMS, "sku")


def test_a_new_thing_joins_the_inputs_and_what_is_ranked_stays_the_last():
    spec = new_thing(SPEC, EntitySpec(name="occasion", text="{event}"), ["buy"])
    assert spec.tasks["buy"].inputs == ("user", "occasion", "item")
    # A thing without a key stands there by its name.
    assert spec.tasks["buy"].columns == ("user", "occasion", "sku")
    assert problems(spec, ALL) == []


def test_only_tasks_whose_rows_name_it_can_be_about_a_thing():
    elsewhere = replace(BUY, name="other", table="users.csv")
    spec = replace(SPEC, tasks={"buy": BUY, "other": elsewhere})
    assert tasks_about(spec, ITEMS, "sku", ALL) == ["buy"]
    assert tasks_about(spec, USERS, "mail", ALL) == ["other"]


@pytest.mark.parametrize(
    ("name", "says"), [("a b", "letters"), ("", "letters"), ("item", "already"), ("ad", "")]
)
def test_a_name_is_plain_and_free(name, says):
    assert says in trouble_with_name(SPEC, name)
    assert bool(says) == bool(trouble_with_name(SPEC, name))


def test_a_renamed_thing_is_renamed_wherever_it_is_named():
    user = replace(USER, history=HistorySpec(table="events.csv", item="item"))
    note = EntitySpec(name="note", text="{event}")
    buy = replace(BUY, inputs=("user", "note", "item"), columns=("user", "note", "sku"))
    buy = replace(buy, split=SplitSpec(kind="user", by="user"))
    spec = replace(SPEC, entities={"user": user, "note": note, "item": ITEM}, tasks={"buy": buy})
    spec = replace(spec, split=SplitSpec(kind="user", by="item"))
    for old, new in (("user", "customer"), ("item", "product"), ("note", "remark")):
        spec = renamed(spec, old, new)
    assert list(spec.entities) == ["customer", "remark", "product"]
    assert [part.name for part in spec.entities.values()] == list(spec.entities)
    assert spec.entities["customer"].history.item == "product"
    assert spec.tasks["buy"].inputs == ("customer", "remark", "product")
    # Keys are columns and stay; without a key the name stands there.
    assert spec.tasks["buy"].columns == ("user", "remark", "sku")
    assert (spec.split.by, spec.tasks["buy"].split.by) == ("product", "customer")


def test_tasks_follow_to_a_new_key_where_their_table_has_it():
    keyed = changed_thing(SPEC, replace(USER, key="liked"), ALL)
    assert keyed.tasks["buy"].columns == ("liked", "sku")
    # events.csv has no column 'brand', so it still names items in 'sku'.
    keyed = changed_thing(SPEC, replace(ITEM, key="brand"), ALL)
    assert keyed.tasks["buy"].columns == ("user", "sku")


def test_a_thing_moves_to_a_table_with_its_key_and_gets_features_there():
    spec = moved(SPEC, USER, "users.csv", ALL)
    user = spec.entities["user"]
    assert (user.table, user.key, user.categorical, user.numeric) == (
        "users.csv",
        "user",
        ("city",),
        ("age",),
    )
    assert problems(spec, ALL) == []


def test_a_thing_that_moves_keeps_of_its_columns_what_is_there():
    columns = (column("code"), column("title"), column("price", "number"))
    spec = moved(SPEC, ITEM, "codes.csv", [*ALL, TableFacts(file="codes.csv", rows=9, columns=columns)])
    item = spec.entities["item"]
    # Each row has a code of its own; there is no sku and no brand.
    assert (item.key, item.text, item.categorical, item.numeric) == ("code", "{title}", (), ("price",))


def test_a_thing_without_a_table_of_its_own_is_described_by_its_tasks():
    spec = moved(SPEC, ITEM, None, ALL)
    item = spec.entities["item"]
    assert (item.table, item.key, item.text, item.numeric) == (None, "sku", None, ())


def test_a_thing_that_tasks_can_do_without_leaves_their_inputs():
    spec = new_thing(SPEC, EntitySpec(name="occasion", text="{event}"), ["buy"])
    assert needed_by(spec, "occasion", ALL) == ""
    assert without_thing(spec, "occasion") == SPEC


def test_a_thing_that_a_task_needs_stays_and_the_reason_names_the_task():
    assert "'buy' is retrieval and needs two inputs" in needed_by(SPEC, "item", ALL)


def test_a_thing_by_which_rows_are_held_out_stays():
    spec = new_thing(SPEC, EntitySpec(name="occasion", text="{event}"), ["buy"])
    spec = replace(spec, split=SplitSpec(kind="random", by="occasion"))
    assert "Unknown entity 'occasion' in The split" in needed_by(spec, "occasion", ALL)


def test_a_column_that_names_a_thing_but_is_not_there_is_told_at_the_task():
    spec = replace(SPEC, tasks={"buy": replace(BUY, columns=("who", "sku"))})
    (problem,) = problems(spec, ALL)
    assert problem.place == "task.buy"
    assert "no column 'who'" in problem.text


def test_a_task_that_no_longer_comes_after_another_of_the_same_rows_is_told():
    click = replace(BUY, name="click", kind="binary", label="liked")
    sale = replace(click, name="sale", after="click", inputs=("user",), columns=("user",))
    found = problems(DatasetSpec(**{**vars(SPEC), "tasks": {"click": click, "sale": sale}}), ALL)
    assert [problem.place for problem in found] == ["task.sale"]


def test_each_row_has_a_cell_of_its_own_or_not():
    assert tells_apart(USERS, column("user"))
    assert not tells_apart(USERS, column("city", "text", "Kiel", "Ulm"))
    assert not tells_apart(USERS, column("user", missing=0.1))


def test_the_last_key_chosen_is_the_key():
    assert with_roles(USER, {"user": "none", "mail": "key"}, None).key == "mail"
