"""Texts that are empty or long, rows that stand twice, purchases without a click."""

from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest

from mtrec_core.data.checks.texts import count_words, estimated_tokens
from mtrec_core.data.schema import SplitSpec


@pytest.mark.parametrize(
    ("text", "words"), [("", 0), ("two words", 2), ("  a\tb\nc ", 3), ("红色的灯", 4), ("LED灯 lamp", 3)]
)
def test_words_are_counted_with_and_without_spaces(text, words):
    assert count_words(pa.array([text])).tolist() == [words]


def test_tokens_are_words_times_one_point_three():
    assert estimated_tokens(count_words(pa.array(["a b c d e f g h i j"]))).tolist() == [13.0]


def test_empty_texts_of_an_inline_entity_are_counted_by_rows(shop):
    shop.only("topic")
    shop.tables["questions.csv"].loc[[3, 5, 400], "text"] = None
    issue = shop.issue("empty_text")
    assert "3 of 600 (0.5 %) rows of questions.csv" in issue.text
    assert issue.rows == (5, 7, 402)
    assert issue.level == "info"


def test_empty_texts_are_counted_among_the_rows_that_a_split_uses(shop):
    shop.only("topic")
    shop.tables["questions.csv"].loc[0, "text"] = None
    shop.tables["questions.csv"]["part"] = ["train"] * 300 + ["validation", "test"] * 100 + [None] * 100
    shop.change_task("topic", split=SplitSpec(kind="column", column="part"))
    issue = shop.issue("empty_text")
    assert "1 of 500 (0.2 %)" in issue.text
    assert issue.rows == (2,)


def test_many_empty_texts_warn(shop):
    shop.only("topic")
    shop.tables["questions.csv"].loc[:6, "text"] = None
    assert shop.issue("empty_text").level == "warning"  # 7 / 600 = 1.2 %


@pytest.mark.parametrize(("words", "many", "found"), [(197, 121, True), (196, 600, False), (197, 120, False)])
def test_more_than_a_fifth_over_256_tokens_warns(shop, words, many, found):
    shop.only("topic")
    texts = shop.tables["questions.csv"]["text"]
    shop.tables["questions.csv"]["text"] = [
        f"{n} " + "w " * (words - 1) if n < many else text for n, text in enumerate(texts)
    ]
    assert bool(shop.issues("long_text")) is found  # 197 * 1.3 = 256.1, 196 * 1.3 = 254.8; 121 / 600 > 1 / 5


def test_rows_that_differ_in_a_column_that_nobody_uses_are_not_the_same(shop):
    shop.only("click")
    table = shop.tables["impressions.csv"]
    doubled = pd.concat([table, table.head(60)], ignore_index=True)
    doubled["session"] = range(len(doubled))
    shop.tables["impressions.csv"] = doubled
    assert shop.issues("duplicate_rows") == []
    shop.tables["impressions.csv"] = doubled.drop(columns="session")
    issue = shop.issue("duplicate_rows")
    assert issue.rows[0] == 4800 + 2
    assert issue.level == "warning"  # 60 / 4,860 = 1.2 %


def test_repeated_rows_without_a_time_may_be_events_that_happened_again(shop):
    shop.only("topic")
    table = shop.tables["questions.csv"]
    shop.tables["questions.csv"] = pd.concat([table, table.head(2)])
    assert "add a column with the time" in shop.issue("duplicate_rows").fix


def conversions(shop, bought, clicked):
    """One impression log with two labels."""
    shop.only("click")
    table = shop.tables["impressions.csv"].head(len(bought) * 300).copy()
    table["clicked"] = clicked * 300
    table["converted"] = bought * 300
    shop.tables["impressions.csv"] = table
    shop.tasks["conversion"] = replace(shop.tasks["click"], name="conversion", label="converted")


def test_in_one_log_a_conversion_needs_the_click_of_its_own_row(shop):
    conversions(shop, bought=[1, 1, 0, 0], clicked=[1, 0, 1, 0])
    issue = shop.issue("purchase_without_click")
    assert "300 of 600 (50 %)" in issue.text
    assert issue.rows[:2] == (1 + 2, 5 + 2)
    assert issue.column == "converted"


def test_a_conversion_after_its_click_is_no_issue(shop):
    conversions(shop, bought=[1, 0, 0, 0], clicked=[1, 0, 1, 0])
    assert shop.issues("purchase_without_click") == []


def test_what_comes_after_another_task_is_compared_whatever_it_is_called(shop):
    conversions(shop, bought=[1, 1, 0, 0], clicked=[1, 0, 1, 0])
    shop.tasks["kept"] = replace(shop.tasks.pop("conversion"), name="kept", label="stayed")
    shop.tables["impressions.csv"] = shop.tables["impressions.csv"].rename(columns={"converted": "stayed"})
    assert shop.issues("purchase_without_click") == []
    shop.change_task("kept", after="click")
    assert "300 of 600 (50 %)" in shop.issue("purchase_without_click").text


def test_a_label_that_the_task_before_makes_impossible_is_not_missing(shop):
    conversions(shop, bought=[1, None, 0, None], clicked=[1, 0, 1, 0])
    assert "600 of 1,200" in shop.issue("missing_labels").text
    shop.change_task("conversion", after="click")
    assert shop.issues("missing_labels") == []


def test_a_purchase_of_other_things_than_the_clicks_is_not_compared(shop):
    click = shop.tasks.pop("click")
    shop.tasks["ad_click"] = replace(
        click, name="ad_click", inputs=("user", "query"), table="searches.csv", label="grade"
    )
    shop.tables["searches.csv"]["user_id"] = "u1"
    shop.tables["searches.csv"]["grade"] = [0, 1] * 500
    shop.tables["searches.csv"]["slot"] = 1
    shop.tables["searches.csv"]["time"] = pd.date_range("2024-01-01", periods=1000).astype(str)
    assert shop.issues("purchase_without_click") == []
