"""What the names of columns suggest."""

import pytest

from mtrec_core.data.roles import is_key_name, key_root, plain_name, role_of, singular, with_article, words_of


@pytest.mark.parametrize("name", ["clothing_id", "Clothing ID", "clothingId", "CLOTHING-ID", "clothing.id"])
def test_a_name_has_the_same_words_in_every_spelling(name):
    assert words_of(name) == ("clothing", "id")
    assert plain_name(name) == "clothing_id"


@pytest.mark.parametrize(
    ("name", "root", "role"),
    [
        ("user_id", "user", "user"),
        ("uid", "user", "user"),
        ("customer_id", "customer", "user"),
        ("CustomerID", "customer", "user"),
        ("visitorid", "visitor", "user"),
        ("item_id", "item", "item"),
        ("product_id", "product", "item"),
        ("sku", "item", "item"),
        ("asin", "item", "item"),
        ("goods_id", "goods", "item"),
        ("goodsid", "goods", "item"),
        ("ad_id", "ad", "ad"),
        ("query_id", "query", "query"),
        ("answer_id", "answer", "answer"),
        ("course_code", "course", "item"),
        ("student_no", "student", "user"),
        ("flight_id", "flight", ""),
    ],
)
def test_a_key_names_its_thing_and_its_side(name, root, role):
    assert key_root(name) == root
    assert role_of(root) == role
    assert is_key_name(name)


@pytest.mark.parametrize("name", ["paid", "valid", "price", "title", "age", "search_term", "covid", "time"])
def test_other_names_are_no_keys(name):
    assert not is_key_name(name)


def test_a_search_term_is_a_query():
    assert role_of("search_term") == role_of("query") == role_of("keywords") == "query"


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("purchases", "purchase"),
        ("categories", "category"),
        ("classes", "class"),
        ("boxes", "box"),
        ("users", "user"),
        ("goods", "goods"),
        ("status", "status"),
        ("dress", "dress"),
    ],
)
def test_a_plural_loses_its_ending(plural, one):
    assert singular(plural) == one


def test_an_article_fits_its_noun():
    assert (with_article("item"), with_article("user"), with_article("ad")) == ("an item", "a user", "an ad")
