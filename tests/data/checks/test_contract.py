"""Every row of the table of checks finds the fault that is planted for it, and nothing in a shop without one.

A new check goes into `mtrec_core/data/checks/table.py`; its fault goes into FAULTS here.
"""

from dataclasses import replace

import pandas as pd
import pytest

from mtrec_core.data.checks.run import check, find_function
from mtrec_core.data.checks.table import CHECKS


def missing_table(shop):
    shop.texts["items.csv"] = None


def unreadable_table(shop):
    shop.texts["items.csv"] = 'item_id,title\n1,"a lamp\n2,b\n'


def empty_table(shop):
    shop.texts["items.csv"] = "item_id,title,brand,price,room,tags\n"


def missing_column(shop):
    shop.change_task("stars", label="star")


def no_rows(shop):
    shop.change_task("click", where={"slot": ("top",)})


def label_type(shop):
    shop.tables["purchases.csv"]["stars"] = shop.tables["purchases.csv"]["stars"].astype(object)
    shop.tables["purchases.csv"].loc[3, "stars"] = "five"


def number_type(shop):
    shop.tables["items.csv"]["price"] = shop.tables["items.csv"]["price"].map("{} EUR".format)


def time_type(shop):
    shop.tables["purchases.csv"].loc[7, "time"] = "yesterday"


def one_class(shop):
    shop.tables["users.csv"]["is_member"] = 1


def few_positives(shop):
    shop.tables["users.csv"]["is_member"] = [1] * 15 + [0] * 585


def small_classes(shop):
    shop.tables["items.csv"].loc[:2, "room"] = "attic"


def rare_tags(shop):
    shop.tables["items.csv"].loc[:2, "tags"] = "antique|led"


def missing_labels(shop):
    shop.tables["items.csv"].loc[:9, "tags"] = None


def missing_keys(shop):
    shop.tables["purchases.csv"].loc[[4, 9], "item_id"] = None


def unknown_keys(shop):
    shop.tables["purchases.csv"].loc[[4, 9], "item_id"] = "i9999"


def duplicate_keys(shop):
    shop.tables["items.csv"].loc[5, "item_id"] = "i3"


def conflicting_features(shop):
    shop.change_entity("user", table=None, history=None)
    del shop.tasks["member"]
    for file in ("purchases.csv", "impressions.csv"):
        table = shop.tables[file].merge(shop.tables["users.csv"], on="user_id", how="left")
        shop.tables[file] = table.drop(columns="is_member")
    shop.tables["purchases.csv"].loc[8, "city"] = "Bonn"


def empty_text(shop):
    shop.tables["items.csv"].loc[[0, 2], ["title", "brand"]] = None


def long_text(shop):
    shop.tables["items.csv"]["title"] = "very long " * 100


def duplicate_rows(shop):
    table = shop.tables["impressions.csv"]
    shop.tables["impressions.csv"] = pd.concat([table, table.head(3)])


def purchase_without_click(shop):
    table = shop.tables["impressions.csv"]
    shop.tables["impressions.csv"] = table[(table["clicked"] == 0) | (table["user_id"] != "u7")]


def label_among_features(shop):
    shop.change_entity("item", text="{title}. {brand}. {room}")


def revealing_column(shop):
    shop.tables["users.csv"]["card"] = shop.tables["users.csv"]["is_member"].map({0: "none", 1: "gold"})
    shop.change_entity("user", categorical=("city", "card"))


def implausible_time(shop):
    shop.tables["purchases.csv"].loc[2, "time"] = "1970-01-01 00:00:00"


def missing_times(shop):
    shop.tables["purchases.csv"].loc[2, "time"] = None


def constant_time(shop):
    shop.tables["impressions.csv"]["time"] = "2024-05-01"


def untimed_history(shop):
    shop.change_entity("user", history=replace(shop.entities["user"].history, time=None))


def history_target(shop):
    shop.change_entity("user", history=replace(shop.entities["user"].history, item="stars"))


def empty_history(shop):
    table = shop.tables["impressions.csv"]
    table["time"] = pd.to_datetime(table["time"]) - pd.Timedelta(days=2000)


def not_prepared(shop):
    shop.change_entity("item", text="{title}. {brand")


def few_rows(shop):
    shop.tables["questions.csv"] = shop.tables["questions.csv"].head(120)


def unseen_classes(shop):
    test = shop.tables["questions.csv"].tail(100).copy()
    shop.tables["questions.csv"] = shop.tables["questions.csv"].head(500)
    test.iloc[0, 1] = "praise"
    shop.tables["test.csv"] = test
    shop.change_task("topic", test_table="test.csv")


def split_overlap(shop):
    shop.tables["test.csv"] = shop.tables["questions.csv"].tail(100)
    shop.change_task("topic", test_table="test.csv")


def cold_start(shop):
    table = shop.tables["purchases.csv"]
    table.loc[table.index[-40:], "item_id"] = "i77"
    table.loc[(table["item_id"] == "i77") & (table.index < len(table) - 40), "item_id"] = "i78"
    shop.tables["impressions.csv"] = shop.tables["impressions.csv"].query("item_id != 'i77'")
    shop.tables["searches.csv"] = shop.tables["searches.csv"].query("item_id != 'i77'")
    for task in ("room", "tags"):
        del shop.tasks[task]


FAULTS = {
    "missing_table": (missing_table, "blocking"),
    "unreadable_table": (unreadable_table, "blocking"),
    "empty_table": (empty_table, "blocking"),
    "missing_column": (missing_column, "blocking"),
    "no_rows": (no_rows, "blocking"),
    "label_type": (label_type, "blocking"),
    "number_type": (number_type, "blocking"),
    "time_type": (time_type, "blocking"),
    "one_class": (one_class, "blocking"),
    "few_positives": (few_positives, "warning"),
    "small_classes": (small_classes, "info"),
    "rare_tags": (rare_tags, "info"),
    "missing_labels": (missing_labels, "info"),
    "missing_keys": (missing_keys, "info"),
    "unknown_keys": (unknown_keys, "info"),
    "duplicate_keys": (duplicate_keys, "warning"),
    "conflicting_features": (conflicting_features, "info"),
    "empty_text": (empty_text, "info"),
    "long_text": (long_text, "warning"),
    "duplicate_rows": (duplicate_rows, "info"),
    "purchase_without_click": (purchase_without_click, "info"),
    "label_among_features": (label_among_features, "blocking"),
    "revealing_column": (revealing_column, "warning"),
    "implausible_time": (implausible_time, "warning"),
    "missing_times": (missing_times, "info"),
    "constant_time": (constant_time, "warning"),
    "untimed_history": (untimed_history, "warning"),
    "history_target": (history_target, "blocking"),
    "empty_history": (empty_history, "warning"),
    "not_prepared": (not_prepared, "blocking"),
    "few_rows": (few_rows, "warning"),
    "unseen_classes": (unseen_classes, "info"),
    "split_overlap": (split_overlap, "warning"),
    "cold_start": (cold_start, "info"),
}
"""Check -> (what plants its fault, the level that the fault deserves)."""


def test_every_check_has_a_planted_fault():
    missing = set(CHECKS) - set(FAULTS)
    assert not missing, f"Plant a fault for {missing} in tests/data/checks/test_contract.py."
    unknown = set(FAULTS) - set(CHECKS)
    assert not unknown, f"{unknown} have no row in mtrec_core/data/checks/table.py."


def test_a_shop_without_a_fault_has_no_issue(shop):
    assert shop.issues() == []


@pytest.mark.parametrize("code", FAULTS)
def test_the_planted_fault_is_found(shop, code):
    plant, level = FAULTS[code]
    plant(shop)
    found = shop.issues()
    assert code in [issue.code for issue in found], f"{code} missed its fault; see {CHECKS[code].target}"
    assert {issue.level for issue in found if issue.code == code} == {level}
    for issue in found:
        assert issue.code in CHECKS
        assert issue.text.endswith((".", "?")), issue.text
        assert issue.fix.endswith("."), issue.fix
        assert list(issue.rows) == sorted(issue.rows)


@pytest.mark.parametrize("code", CHECKS)
def test_the_table_names_a_function_and_says_what_it_looks_for(code):
    row = CHECKS[code]
    assert row.key == code
    assert find_function(row).__name__ == code
    assert find_function(row).__doc__
    assert row.looks_for.endswith(".")


def test_an_issue_that_says_why_hides_the_one_that_only_says_that(shop):
    label_type(shop)
    assert "not_prepared" not in [issue.code for issue in check(shop.spec())]
