"""Label leakage in a whole dataset: which columns are judged, and for which tasks."""

import numpy as np
import pytest

from mtrec_core.data.schema import EntitySpec, TaskSpec


@pytest.mark.parametrize(
    ("place", "plant"),
    [
        ("`text`", lambda shop: shop.change_entity("item", text="{title} {room}")),
        ("`categorical`", lambda shop: shop.change_entity("item", categorical=("room",))),
        ("the context", lambda shop: shop.change_task("room", context=("room",))),
    ],
)
def test_the_label_is_found_wherever_it_stands(shop, place, plant):
    shop.only("room")
    plant(shop)
    issue = shop.issue("label_among_features")
    assert issue.column == "room"
    assert place in issue.text
    assert shop.issues("revealing_column") == []


def test_the_label_of_a_fact_is_found_in_an_inline_entity(shop):
    shop.only("topic")
    shop.change_entity("question", categorical=("topic",))
    assert shop.issue("label_among_features").task == "topic"


def test_a_column_of_the_same_name_in_another_table_is_no_label(shop):
    shop.only("stars")
    shop.tables["items.csv"]["stars"] = np.random.default_rng(3).integers(1, 6, 500)
    shop.change_entity("item", numeric=("price", "stars"))
    assert shop.issues() == []


def test_the_target_of_a_retrieval_may_not_stand_on_the_query_side(shop):
    shop.entities["basket"] = EntitySpec(name="basket", text="{item_id}", id_embedding=False)
    shop.only("purchase")
    shop.entities["basket"] = EntitySpec(name="basket", text="{item_id}", id_embedding=False)
    shop.change_task("purchase", inputs=("user", "basket", "item"))
    assert shop.issue("label_among_features").column == "item_id"


def test_the_price_of_the_target_is_no_leak_of_a_retrieval(shop):
    shop.only("purchase")
    assert shop.issues("revealing_column") == []


def test_context_that_is_filled_after_the_click_is_found(shop):
    shop.only("click")
    table = shop.tables["impressions.csv"]
    table["dwell"] = np.where(table["clicked"] == 1, 12.5, np.nan)
    shop.change_task("click", context=("slot", "dwell"))
    issue = shop.issue("revealing_column")
    assert (issue.table, issue.column, issue.task) == ("impressions.csv", "dwell", "click")
    assert "AUC 1.000" in issue.text


def test_a_finer_class_reveals_the_class(shop):
    shop.only("room")
    shop.tables["items.csv"]["shelf"] = shop.tables["items.csv"]["room"] + (
        shop.tables["items.csv"].index % 3
    ).astype(str)
    shop.change_entity("item", text="{title} on {shelf}")
    issue = shop.issue("revealing_column")
    assert issue.column == "shelf"
    assert "accuracy 1.000" in issue.text


def test_a_price_with_tax_reveals_the_price(shop):
    shop.only("room")
    shop.tables["items.csv"]["gross"] = shop.tables["items.csv"]["price"] * 1.2
    shop.tasks["price"] = TaskSpec(
        name="price", kind="regression", table="items.csv", inputs=("item",), label="price"
    )
    shop.change_entity("item", numeric=("gross",))
    issue = shop.issue("revealing_column")
    assert (issue.column, issue.task) == ("gross", "price")
    assert "R² " in issue.text


def test_a_feature_of_another_table_that_copies_the_label_is_found(shop):
    shop.only("stars")
    stars = shop.tables["purchases.csv"].drop_duplicates("item_id").set_index("item_id")["stars"]
    shop.tables["purchases.csv"]["stars"] = shop.tables["purchases.csv"]["item_id"].map(stars)
    shop.tables["items.csv"]["average"] = shop.tables["items.csv"]["item_id"].map(stars)
    shop.change_entity("item", numeric=("price", "average"))
    assert shop.issue("revealing_column").column == "average"


def test_a_key_among_the_features_is_no_leak(shop):
    shop.only("member")
    shop.tables["users.csv"]["email"] = [f"{n}@shop.example" for n in range(600)]
    shop.change_entity("user", categorical=("city", "email"))
    assert shop.issues() == []
