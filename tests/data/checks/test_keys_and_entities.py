"""Keys that join the tables, and things that stand in them twice."""

from dataclasses import replace

import pandas as pd
import pytest


def test_keys_of_which_none_fits_block(shop):
    shop.only("click")
    shop.tables["impressions.csv"]["item_id"] = shop.tables["impressions.csv"]["item_id"].str[1:]
    issue = shop.issue("unknown_keys")
    assert issue.level == "blocking"
    assert issue.column == "item_id"
    assert "4,800 of 4,800 (100 %)" in issue.text


def test_many_unknown_keys_warn_and_name_their_rows(shop):
    shop.only("stars")
    shop.tables["purchases.csv"].loc[[10, 20, *range(2300, 2340)], "user_id"] = "nobody"
    issue = shop.issue("unknown_keys")
    assert issue.level == "warning"  # 42 / 2,400 = 1.75 %
    assert issue.rows[:3] == (12, 22, 2302)
    assert "1 key in 'user_id'" in issue.text
    assert issue.examples == ("nobody",)


def test_a_number_and_its_text_are_the_same_key(shop):
    shop.only("stars")
    for file in ("users.csv", "purchases.csv"):
        shop.tables[file]["user_id"] = shop.tables[file]["user_id"].str[1:].astype(int)
    shop.tables["purchases.csv"]["user_id"] = shop.tables["purchases.csv"]["user_id"].astype(float)
    assert shop.issues() == []


def test_the_items_of_a_history_are_looked_up_too(shop):
    history = pd.DataFrame({"user_id": ["u1", "u2"] * 50, "item_id": ["i3", "zz"] * 50, "time": "2023-01-05"})
    history["time"] = pd.date_range("2023-01-01", periods=100).astype(str)
    shop.tables["old.csv"] = history
    shop.change_entity("user", history=replace(shop.entities["user"].history, table="old.csv"))
    issue = shop.issue("unknown_keys")
    assert issue.table == "old.csv"
    assert issue.rows[:3] == (3, 5, 7)
    assert "the history of 'user'" in issue.text


def test_a_history_of_inline_items_needs_them_in_a_task(shop):
    shop.only("purchase")
    shop.change_entity("item", table=None)
    items = shop.tables["items.csv"]
    shop.tables["purchases.csv"] = shop.tables["purchases.csv"].merge(items, on="item_id")
    old = pd.DataFrame({"user_id": "u1", "item_id": ["i3", "zz"], "time": ["2023-01-05", "2023-01-06"]})
    shop.tables["old.csv"] = old
    shop.change_entity("user", history=replace(shop.entities["user"].history, table="old.csv"))
    issue = shop.issue("history_target")
    assert issue.rows == (3,)
    assert issue.examples == ("zz",)


def test_an_own_table_without_a_key_in_some_rows_is_reported_once(shop):
    shop.only("member", "stars")
    shop.tables["users.csv"].loc[[1, 2], "user_id"] = None
    shop.tables["purchases.csv"] = shop.tables["purchases.csv"].query("user_id != 'u1' and user_id != 'u2'")
    issue = shop.issue("missing_keys")
    assert (issue.table, issue.rows) == ("users.csv", (3, 4))


@pytest.mark.parametrize(("differs", "level"), [(True, "warning"), (False, "info")])
def test_duplicate_keys_matter_more_when_their_rows_differ(shop, differs, level):
    shop.only("room")
    table = shop.tables["items.csv"]
    again = table.iloc[[4, 4, 7]].copy()
    if differs:
        again["brand"] = "Other"
    shop.tables["items.csv"] = pd.concat([table, again])
    issue = shop.issue("duplicate_keys")
    assert issue.level == level
    assert issue.rows == (502, 503, 504)
    assert issue.examples == ("i4", "i7")
    assert "2 keys" in issue.text
    assert ("differ in brand" in issue.text) is differs


def test_a_review_text_keyed_by_its_product_conflicts(shop):
    shop.only("topic")
    shop.tables["questions.csv"]["product"] = [f"p{n % 200}" for n in range(600)]
    shop.change_entity("question", key="product")
    issue = shop.issue("conflicting_features")
    assert issue.level == "warning"
    assert issue.column == "text"
    assert "200 of 200 (100 %) question keys" in issue.text
    assert issue.rows[0] == 202  # the 201st question is about product p0 again
