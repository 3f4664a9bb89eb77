"""Files, columns and cells: what is said about them, with the rows as a spreadsheet counts them."""

import pytest


def test_a_misspelt_file_is_named_with_the_one_that_is_there(shop):
    shop.change_entity("item", table="item.csv")
    issue = shop.issue("missing_table")
    assert issue.table == "item.csv"
    assert "Did you mean 'items.csv'?" in issue.text


def test_a_file_of_zero_bytes_is_empty(shop):
    shop.texts["items.csv"] = ""
    assert shop.issue("empty_table").table == "items.csv"


def test_a_missing_table_leaves_the_checks_of_the_others_running(shop):
    shop.texts["items.csv"] = None
    shop.tables["users.csv"]["is_member"] = 1
    assert {issue.code for issue in shop.issues()} == {"missing_table", "one_class"}


@pytest.mark.parametrize(
    ("plant", "column", "purpose"),
    [
        (lambda shop: shop.change_entity("item", text="{titel}"), "titel", "the text of entity 'item'"),
        (lambda shop: shop.change_entity("item", numeric=("cost",)), "cost", "the features of entity 'item'"),
        (lambda shop: shop.change_entity("item", key="sku"), "sku", "the key of entity 'item'"),
        (lambda shop: shop.change_task("click", context=("place",)), "place", "the context of task 'click'"),
        (lambda shop: shop.change_task("click", group="session"), "session", "the group of task 'click'"),
        (lambda shop: shop.change_task("click", time="when"), "when", "the time of task 'click'"),
        (
            lambda shop: shop.change_task("click", where={"event": ("a",)}),
            "event",
            "the `where` of task 'click'",
        ),
        (lambda shop: shop.change_entity("question", text="{body}"), "body", "the text of entity 'question'"),
    ],
)
def test_a_missing_column_is_named_with_what_it_is_for(shop, plant, column, purpose):
    plant(shop)
    assert (column, True) in [(one.column, purpose in one.text) for one in shop.issues("missing_column")]


def test_the_columns_of_a_test_table_are_looked_for_too(shop):
    shop.tables["test.csv"] = shop.tables["questions.csv"].rename(columns={"topic": "theme"})
    shop.change_task("topic", test_table="test.csv")
    issue = shop.issue("missing_column")
    assert (issue.table, issue.column) == ("test.csv", "topic")


def test_rows_of_wrong_labels_are_those_of_the_file_even_behind_a_filter(shop):
    shop.only("stars")
    table = shop.tables["purchases.csv"]
    table["stars"] = table["stars"].astype(object)
    table["kind"] = ["gift", "own"] * 1200
    table.loc[[5, 8], "stars"] = "n/a"
    shop.change_task("stars", where={"kind": ("own",)})
    issue = shop.issue("label_type")
    assert issue.rows == (5 + 2,)  # row 8 + 2 is a gift
    assert "1 of 1,200" in issue.text
    assert issue.examples == ("n/a",)


def test_wrong_labels_of_a_test_table_are_placed_there(shop):
    shop.only("member")
    test = shop.tables["users.csv"].tail(100).copy()
    test["is_member"] = test["is_member"].astype(object)
    test.iloc[3, 3] = "maybe"
    shop.tables["test.csv"] = test
    shop.change_task("member", test_table="test.csv")
    issue = shop.issue("label_type")
    assert (issue.table, issue.rows) == ("test.csv", (3 + 2,))


def test_two_words_as_answers_ask_for_the_positive_one(shop):
    shop.only("member")
    shop.tables["users.csv"]["is_member"] = shop.tables["users.csv"]["is_member"].map({0: "guest", 1: "club"})
    issue = shop.issue("label_type")
    assert "set `positive` to one of" in issue.fix
    assert {"guest", "club"} == set(issue.examples)
    shop.change_task("member", positive="club")
    assert shop.issues("label_type") == []


def test_a_positive_value_that_never_occurs_is_named(shop):
    shop.only("member")
    shop.change_task("member", positive="2")
    issue = shop.issue("label_type")
    assert "is_member = '2'" in issue.text
    assert set(issue.examples) == {"0", "1"}


def test_yes_and_no_empty_cells_and_true_are_fine_answers(shop):
    shop.only("member")
    shop.tables["users.csv"]["is_member"] = ["yes", "no", None] * 200
    assert shop.issues("label_type") == []


def test_numeric_features_may_be_dates_and_may_be_missing(shop):
    shop.only("room")
    shop.tables["items.csv"]["since"] = "2024-01-05"
    shop.tables["items.csv"].loc[:50, "price"] = None
    shop.change_entity("item", numeric=("price", "since"))
    assert shop.issues("number_type") == []


def test_dates_that_could_be_two_are_no_times(shop):
    shop.only("purchase")
    shop.tables["purchases.csv"]["time"] = ["03/04/2024", "04/03/2024", "05/05/2024"] * 800
    issue = shop.issue("time_type")
    assert "day/month or month/day" in issue.text
