"""Time, histories and the compiled splits."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from mtrec_core.data.checks.times import moment, unit_of
from mtrec_core.data.schema import EntitySpec, SplitSpec


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        ([1_700_000_000, 1_700_000_100], 10**9),
        ([1_700_000_000_000], 10**6),
        ([1_700_000_000_000_000], 10**3),
        ([1_700_000_000_000_000_000], 1),
        ([0, 1, 2, 3], None),
        ([20240131, 20240201], None),
        ([], None),
    ],
)
def test_the_unit_of_a_time_is_told_by_its_size(values, unit):
    column = pa.chunked_array([pa.array(values, pa.int64())])
    assert unit_of(column, np.array(values, np.int64)) == unit


def test_a_moment_reads_as_people_write_it():
    assert moment(1_700_000_000, 10**9) == "2023-11-14 22:13:20"
    assert moment(12_345, None) == "12,345"


@pytest.mark.parametrize("unit", [1, 1_000])
def test_future_and_zero_times_are_found_in_seconds_and_milliseconds(shop, unit):
    shop.only("stars")
    seconds = 1_700_000_000 + np.arange(2400) * 60
    seconds[3] = 0
    seconds[9] = 4_000_000_000
    shop.tables["purchases.csv"]["time"] = seconds * unit
    issue = shop.issue("implausible_time")
    assert issue.rows == (5, 11)
    assert "1 before 1990 and 1 in the future" in issue.text
    assert issue.examples == ("1970-01-01 00:00:00", "2096-10-02 07:06:40")


def test_a_mere_order_is_no_date(shop):
    shop.only("stars")
    shop.tables["purchases.csv"]["time"] = range(2400)
    assert shop.issues() == []


def test_missing_times_of_all_rows_say_so(shop):
    shop.only("stars")
    shop.tables["purchases.csv"]["time"] = None
    issue = shop.issue("missing_times")
    assert issue.level == "warning"
    assert "2,400 of 2,400" in issue.text


def test_a_time_column_of_two_tasks_is_reported_once(shop):
    shop.only("purchase", "stars")
    shop.tables["purchases.csv"].loc[2, "time"] = None
    assert len(shop.issues("missing_times")) == 1


def test_a_history_without_time_is_fine_beside_tasks_without_time(shop):
    shop.only("purchase")
    shop.change_entity("user", history=replace(shop.entities["user"].history, time=None))
    assert shop.issue("untimed_history").fix.startswith('Add time = "time" to the history')
    shop.change_task("purchase", time=None)
    assert shop.issues("untimed_history") == []


def test_a_history_in_other_units_than_the_rows_is_told_by_its_days(shop):
    shop.only("purchase")
    table = shop.tables["purchases.csv"]
    old = table[["user_id", "item_id"]].copy()
    old["time"] = 1_700_000_000_000 + np.arange(len(old))
    table["time"] = 1_700_100_000 + np.arange(len(table))
    shop.tables["old.csv"] = old
    shop.change_entity("user", history=replace(shop.entities["user"].history, table="old.csv"))
    issue = shop.issue("empty_history")
    assert "2,400 of 2,400" in issue.text
    assert "from 2023-11-14" in issue.text


def test_repeats_in_time_are_information_and_copies_without_time_a_warning(shop):
    shop.only("stars")
    table = shop.tables["purchases.csv"]
    table["item_id"] = "i1"
    shop.change_entity("item", table="items.csv")
    timed = shop.issue("split_overlap")
    assert timed.level == "info"
    assert "happened again" in timed.text
    shop.change_task("stars", time=None, split=SplitSpec(kind="column", column="part"))
    table["part"] = ["train"] * 2000 + ["validation"] * 200 + ["test"] * 200
    untimed = shop.issue("split_overlap")
    assert untimed.level == "warning"
    assert untimed.rows[0] == 2200 + 2
    assert "200 of 200 (100 %)" in untimed.text


def test_rows_with_equal_inputs_in_other_contexts_do_not_overlap(shop):
    shop.only("stars")
    table = shop.tables["purchases.csv"]
    table["user_id"], table["item_id"] = "u1", "i1"
    table["basket"] = [f"b{n}" for n in range(len(table))]
    table["part"] = ["train"] * 2000 + ["validation"] * 200 + ["test"] * 200
    shop.change_task("stars", time=None, split=SplitSpec(kind="column", column="part"), context=("basket",))
    assert shop.issues("split_overlap") == []


def test_another_task_may_not_train_on_the_pairs_that_are_tested(shop):
    shop.only("purchase", "stars")
    table = shop.tables["purchases.csv"]
    table["part"] = ["train"] * 1900 + ["validation"] * 250 + ["test"] * 250
    table["other"] = ["test"] * 250 + ["validation"] * 250 + ["train"] * 1900
    shop.change_task("purchase", time=None, split=SplitSpec(kind="column", column="part"))
    shop.change_task("stars", time=None, split=SplitSpec(kind="column", column="other"))
    issue = shop.issue("split_overlap")
    assert issue.level == "warning"
    assert "250 of 250 (100 %)" in issue.text
    assert "'stars' trains" in issue.text
    assert issue.rows[0] == 2150 + 2
    shop.change_task("stars", split=SplitSpec(kind="column", column="part"))
    assert shop.issues("split_overlap") == []


def test_a_click_before_the_purchase_may_be_trained_on(shop):
    shop.only("purchase", "click")
    seen = shop.tables["impressions.csv"]
    seen["time"] = (pd.to_datetime(seen["time"]) - pd.Timedelta(days=100)).astype(str)
    assert shop.issues("split_overlap") == []


def cold_users(shop, count):
    """The last rows are about users of whom nothing is known before."""
    shop.only("stars")
    table = shop.tables["purchases.csv"]
    table.loc[table.index[-count:], "user_id"] = [f"new{n}" for n in range(count)]
    shop.entities["user"] = EntitySpec(name="user", key="user_id")
    return shop


def test_cold_users_of_whom_nothing_is_known_warn(shop):
    issue = cold_users(shop, 24).issue("cold_start")
    assert issue.level == "warning"  # 24 of the 240 test rows
    assert "24 of 240 (10 %) test rows are about a user" in issue.text
    assert issue.rows[0] == 2400 - 24 + 2


def test_cold_users_with_features_are_information(shop):
    cold_users(shop, 24)
    shop.tables["purchases.csv"]["city"] = "Rome"
    shop.change_entity("user", categorical=("city",))
    assert shop.issue("cold_start").level == "info"


def test_one_cold_row_in_a_hundred_is_no_issue(shop):
    assert cold_users(shop, 2).issues("cold_start") == []


def test_a_part_without_rows_blocks(shop):
    shop.only("stars")
    shop.tables["purchases.csv"]["part"] = ["train"] * 2000 + ["test"] * 400
    shop.change_task("stars", split=SplitSpec(kind="column", column="part"))
    issue = shop.issue("few_rows")
    assert issue.level == "blocking"
    assert "validation has 0 rows" in issue.text


def test_a_test_part_with_one_answer_can_not_be_measured(shop):
    shop.only("click")
    table = shop.tables["impressions.csv"]
    table.loc[table.index[-480:], "clicked"] = 0
    issue = shop.issue("few_rows")
    assert "test has 480 rows with one and the same answer" in issue.text


def test_a_dataset_of_one_flat_file_is_checked(shop):
    shop.only("topic")
    assert shop.issues() == []
    shop.tables["questions.csv"] = pd.DataFrame({"text": ["a"], "topic": ["b"]})
    assert "one_class" in [issue.code for issue in shop.issues()]
