"""What the Try page computes: the order of a mix, marks of change, names of things, ticks of the history."""

from dataclasses import replace

import pytest
import streamlit as st

from mtrec_core.inference.asked import (
    Effect,
    Explained,
    Listed,
    Offers,
    PastEvent,
    Person,
    Pool,
    TaskOffer,
    Why,
)
from mtrec_core.inference.service_client import Whom
from mtrec_core.ui import try_list, try_why


def thing(key: str, text: str = "", **scores: float) -> Listed:
    return Listed(key=key, text=text, scores=scores)


OFFERS = Offers(
    dataset="tiny",
    tasks={
        "purchase": TaskOffer(
            kind="retrieval", title="Item", inputs=("user", "item"), needs=(), may_have=(), usual={}
        )
    },
    recommends="purchase",
    searches="",
    relates="",
    answers="",
    advertises="",
    profiles=(),
    describes=(),
    person=None,
    item=None,
    remembers="item",
    memory=20,
    reader="both",
)

POOL = Pool(
    leading="purchase",
    tasks=("purchase", "returned"),
    listed=(
        thing("a", purchase=3, returned=0.9),
        thing("b", purchase=2, returned=0.1),
        thing("c", purchase=1, returned=0.5),
    ),
)


@pytest.mark.parametrize(
    ("weights", "order"),
    [
        ({}, "abc"),
        ({"purchase": 0.4}, "abc"),
        ({"purchase": -1.0}, "cba"),
        ({"returned": 1.0}, "acb"),
        ({"purchase": 0.5, "returned": -1.2}, "bca"),  # z: a 1.22, 1.22; b 0, -1.22; c -1.22, 0
        ({"purchase": 1.0, "of another run": 1.0}, "abc"),
    ],
)
def test_a_mix_orders_the_pool(weights, order):
    assert "".join(one.key for one in try_list.ordered(POOL, weights)) == order


def test_an_empty_pool_has_no_order():
    assert try_list.ordered(Pool(leading="purchase", tasks=("purchase",), listed=()), {"purchase": 1}) == []


def test_lines_say_where_they_stood_before():
    before = [thing(key) for key in "abcdef"]
    after = [thing(key) for key in "afxbc"]
    lines = try_list.changes(before, after)
    assert [line.mark for line in lines] == ["", "▲ was 6", "new", "▼ was 2", "▼ was 3"]
    assert [line.is_good for line in lines] == [True, True, True, False, False]
    assert [one.key for one in try_list.gone(before, after)] == ["d", "e"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Soft toys: Ready for the beach. Very soft.", ("Soft toys", "Ready for the beach. Very soft.")),
        ("Red lamp. acme", ("Red lamp", "acme")),
        ("Red lamp", ("Red lamp", "")),
        ("", ("i1", "")),
        ("x" * 60, ("i1", "x" * 60)),
    ],
)
def test_a_thing_is_named_by_the_beginning_of_its_text(text, parts):
    assert try_list.headline(thing("i1", text)) == parts


def test_what_stands_in_the_data_is_shown_letter_by_letter():
    line = try_list.Line(thing=thing("<k>", "<script>alert(1)</script>: <b>", purchase=1.0))
    shown = try_list._row(1, line, OFFERS, {"purchase": "#000000"})
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "&lt;k&gt;" in shown


def event(place: int, is_read: bool = True) -> PastEvent:
    return PastEvent(place=place, key=f"i{place}", text="", time="", is_read=is_read)


PERSON = Person(key="u", text="", events=tuple(event(place) for place in range(40)), profile={}, ads=())


def test_a_tick_names_the_event_of_its_row_newest_first():
    whom = Whom(user="u")
    st.session_state[try_why.table_key(whom)] = {"selection": {"rows": [0, 2, 99]}}
    assert try_why.removed(whom, PERSON) == (37, 39)
    assert try_why.removed(Whom(user="another"), PERSON) == ()


def why(kind: str, attention: float | None = 0.6) -> tuple[Why, Explained]:
    effects = (
        Effect(attention=attention, without=0.02, rank_without=9),
        Effect(attention=None if attention is None else 0.4, without=0.05, rank_without=1),
    )
    explained = Explained(key="a", value=0.04, rank=2, value_without_history=0.01, effects=effects)
    events = (event(8), event(9))
    found = Why(
        task="purchase", kind=kind, reader="both", shared_attention=True, events=events, things=(explained,)
    )
    return found, explained


def test_the_table_shows_a_change_per_event_or_why_there_is_none():
    found, explained = why("retrieval")
    table = try_why.table([event(9), event(8), event(7, is_read=False)], found, explained)
    assert table["Without it"].tolist()[:2] == ["+25\u202f% (5.00\u202f%)", "−50\u202f% (2.00\u202f%)"]
    assert table["Place"].tolist() == ["2 → 1", "2 → 9", ""]
    assert table["Attention"].tolist()[:2] == [40, 60]
    assert table["Without it"].tolist()[2] == "not read"
    taken_out = try_why.table([event(9), event(8), event(7)], found, explained)
    assert taken_out["Without it"].tolist()[2] == "taken out"


def test_a_change_that_rounds_to_nothing_has_no_direction():
    found, _explained = why("retrieval")
    assert try_why.change_of(found, 0.0758, 0.0759).startswith("±0\u202f%")


def test_a_thing_that_stays_in_its_place_does_not_go_anywhere():
    found, explained = why("retrieval")
    effects = tuple(replace(effect, rank_without=2) for effect in explained.effects)
    told = try_why.sentence(found, replace(explained, effects=effects), [thing("a", "Lamp. x")], OFFERS)
    assert "It stays in place 2." in told


def test_without_attention_the_table_has_no_such_column():
    found, explained = why("retrieval", attention=None)
    assert "Attention" not in try_why.table([event(9), event(8)], found, explained)


def test_without_places_the_table_has_no_such_column():
    found, explained = why("ranking")
    effects = tuple(replace(effect, rank_without=None) for effect in explained.effects)
    table = try_why.table([event(9), event(8)], found, replace(explained, rank=None, effects=effects))
    assert "Place" not in table
    assert "Attention" in table


def test_the_sentence_names_effect_and_attention_apart():
    found, explained = why("retrieval")
    told = try_why.sentence(found, explained, [thing("a", "Lamp. x")], OFFERS)
    assert "What moves **Lamp a** most is **i8**" in told
    assert "a chance of 2.00\u202f% instead of a chance of 4.00\u202f%" in told
    assert "Its place goes from 2 to 9." in told
    assert "attention went most to **i8** (60\u202f%)" in told
