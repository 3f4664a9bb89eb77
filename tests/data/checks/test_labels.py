"""Labels: how many, of which answer, of which class; counts by hand."""

from dataclasses import replace

import pytest


@pytest.mark.parametrize(
    ("task", "file", "column", "value"),
    [
        ("room", "items.csv", "room", "study"),
        ("stars", "purchases.csv", "stars", 4),
        ("search", "searches.csv", "grade", 2),
        ("purchase", "purchases.csv", "item_id", "i4"),
        ("tags", "items.csv", "tags", ""),
    ],
)
def test_one_label_blocks_whatever_the_kind_of_task(shop, task, file, column, value):
    shop.only(task)
    shop.tables[file][column] = value
    if task == "tags":
        shop.tables[file]["tags"] = [f"only{n}" for n in range(len(shop.tables[file]))]
    issue = shop.issue("one_class")
    assert issue.level == "blocking"
    assert issue.column == column
    assert issue.task == task


def test_no_label_at_all_blocks(shop):
    shop.only("room")
    shop.tables["items.csv"]["room"] = None
    issue = shop.issue("missing_labels")
    assert issue.level == "blocking"
    assert "500 of 500 (100 %)" in issue.text


@pytest.mark.parametrize(("missing", "level"), [(450, "info"), (451, "warning")])
def test_missing_labels_warn_above_nine_tenths(shop, missing, level):
    shop.only("room")
    shop.tables["items.csv"].loc[: missing - 1, "room"] = None
    issue = shop.issue("missing_labels")
    assert issue.level == level
    assert issue.rows == tuple(range(2, 12))


def test_the_rarer_answer_counts_whichever_it_is(shop):
    shop.only("member")
    shop.tables["users.csv"]["is_member"] = [0] * 20 + [1] * 580
    issue = shop.issue("few_positives")
    assert " no in the training rows" in issue.text
    assert issue.task == "member"


def test_plenty_of_both_answers_is_no_issue(shop):
    shop.only("member")
    shop.tables["users.csv"]["is_member"] = [0] * 60 + [1] * 540
    assert shop.issues("few_positives") == []


def test_small_classes_warn_when_they_hold_many_rows(shop):
    shop.only("room")
    shop.tables["items.csv"].loc[:8, "room"] = "attic"
    shop.tables["items.csv"].loc[9:12, "room"] = "cellar"
    issue = shop.issue("small_classes")
    assert issue.level == "warning"  # (9 + 4) / 500 = 2.6 % of the rows
    assert issue.examples == ("cellar (4)", "attic (9)")
    assert "2 of 5 (40 %) classes" in issue.text
    shop.tables["items.csv"].loc[13:18, "room"] = "cellar"
    assert "1 of 5" in shop.issue("small_classes").text  # the cellar has 4 + 6 = 10 rows now


def test_rare_tags_are_counted_in_training_rows(shop):
    shop.only("tags")
    shop.change_task("tags", min_count=1000)
    assert shop.issue("one_class").level == "blocking"
    shop.change_task("tags", min_count=10)
    shop.tables["items.csv"].loc[:3, "tags"] = "antique"
    assert shop.issue("rare_tags").examples[0].startswith("antique (")


def test_classes_only_in_the_test_table_are_listed(shop):
    shop.only("topic")
    test = shop.tables["questions.csv"].tail(100).copy()
    test.iloc[[4, 9], 1] = "praise"
    shop.tables["test.csv"] = test
    shop.tables["questions.csv"] = shop.tables["questions.csv"].head(500)
    shop.tasks["topic"] = replace(shop.tasks["topic"], test_table="test.csv")
    issue = shop.issue("unseen_classes")
    assert issue.rows == (4 + 2, 9 + 2)
    assert issue.table == "test.csv"
    assert issue.examples == ("praise",)
    assert "2 of 150" in issue.text  # 100 test rows and a tenth of 500 for validation
    assert issue.level == "warning"  # 2 / 150 > 1 %
