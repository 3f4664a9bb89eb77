"""What past events do to a list: the effect is what asking again without the event gives."""

import numpy as np
import pytest

from mtrec_core.config import with_settings
from mtrec_core.errors import UserError
from mtrec_core.inference.predictor import Predictor
from tests.tiny_shop import EARLY, train


def all_scores(predictor, task, **asked) -> dict[str, float]:
    """Item -> the task's score, of every item."""
    pool = predictor.pool(seen="keep", **asked)
    assert len(pool.listed) == 32
    return {one.key: one.scores[task] for one in pool.listed}


def probabilities(predictor, **asked) -> dict[str, float]:
    scores = all_scores(predictor, "purchase", **asked)
    raised = np.exp(np.array(list(scores.values())))
    return dict(zip(scores, raised / raised.sum(), strict=True))


@pytest.fixture(scope="module")
def user(predictor) -> str:
    """Somebody with more events than the model reads."""
    found = next(
        one.key for one in predictor.offers().person.first if len(predictor.person(user=one.key).events) > 6
    )
    assert int(found[1:]) < EARLY
    return found


def test_an_effect_is_what_the_model_says_without_the_event(predictor, user):
    items = [one.key for one in predictor.pool(user=user).listed[:3]]
    why = predictor.why(items, user=user)
    whole = probabilities(predictor, user=user)
    assert [one.value for one in why.things] == pytest.approx([whole[item] for item in items], rel=1e-4)
    assert len(why.events) == 5  # history = { max = 5 }
    for event, effects in zip(
        why.events, zip(*(one.effects for one in why.things), strict=True), strict=True
    ):
        less = probabilities(predictor, user=user, without=[event.place])
        assert [one.without for one in effects] == pytest.approx([less[item] for item in items], rel=1e-4)


def test_a_rank_is_the_place_in_the_list_that_is_shown(predictor, user):
    items = [one.key for one in predictor.pool(user=user).listed[:4]]
    why = predictor.why(items, user=user)
    assert [one.rank for one in why.things] == [1, 2, 3, 4]
    last = why.events[-1]
    order = [one.key for one in predictor.pool(user=user, without=[last.place]).listed]
    assert [one.effects[-1].rank_without for one in why.things] == [1 + order.index(item) for item in items]


def test_attention_is_a_share_of_the_events_that_are_read(predictor, user):
    items = [one.key for one in predictor.pool(user=user).listed[:2]]
    why = predictor.why(items, user=user)
    assert why.shared_attention  # a retrieval reads the past before it knows a candidate
    for thing in why.things:
        assert sum(effect.attention for effect in thing.effects) == pytest.approx(1, abs=1e-4)
    first, second = ([effect.attention for effect in thing.effects] for thing in why.things)
    assert first == second


def test_a_search_reads_the_past_for_each_item_anew(predictor, user):
    items = [one.key for one in predictor.pool(user=user, query="red shoe").listed[:3]]
    why = predictor.why(items, user=user, query="red shoe")
    assert (why.task, why.kind, why.shared_attention) == ("search", "ranking", False)
    place = why.events[-1].place
    less = all_scores(predictor, "search", user=user, query="red shoe", without=[place])
    assert [one.effects[-1].without for one in why.things] == pytest.approx(
        [less[item] for item in items], abs=1e-4
    )
    assert {one.rank for one in why.things} == {None}


def test_an_ad_is_explained_by_the_chance_of_its_click_without_each_event(predictor, user):
    ads = predictor.person(user=user).ads
    keys = [one.key for one in ads]
    why = predictor.why_ads(keys, user=user)
    assert (why.task, why.kind) == ("ad_click", "binary")
    assert [one.value for one in why.things] == pytest.approx(
        [one.scores["ad_click"] for one in ads], abs=1e-4
    )
    assert len(why.events) == 5
    for place, event in enumerate(why.events):
        less = {one.item: one.score for one in predictor.rank_ads(user, n=99, without=[event.place])}
        assert [one.effects[place].without for one in why.things] == pytest.approx(
            [less[key] for key in keys], abs=1e-4
        )


def test_ads_that_are_not_there_cannot_be_explained(predictor, user):
    with pytest.raises(UserError, match="no ad 'nothing'"):
        predictor.why_ads(["nothing"], user=user)


def test_without_a_history_is_a_person_of_whom_all_was_removed(predictor, user):
    items = [one.key for one in predictor.pool(user=user).listed[:2]]
    why = predictor.why(items, user=user)
    everything = list(range(len(predictor.person(user=user, most=999).events)))
    nothing = probabilities(predictor, user=user, without=everything)
    assert [one.value_without_history for one in why.things] == pytest.approx(
        [nothing[item] for item in items], rel=1e-4
    )


def test_a_removed_event_of_a_typed_history_is_as_if_it_had_not_been_typed(predictor):
    removed = all_scores(predictor, "purchase", history=["i01", "i04", "i08"], without=[1])
    shorter = all_scores(predictor, "purchase", history=["i01", "i08"])
    assert removed == pytest.approx(shorter, rel=1e-5)


def test_an_item_whose_event_was_removed_is_still_not_recommended_again(predictor, user):
    event = predictor.person(user=user).events[-1]
    shown = {one.key for one in predictor.pool(user=user, without=[event.place]).listed}
    assert event.key not in shown


def test_events_keep_their_places_when_others_are_removed(predictor, user):
    whole = predictor.person(user=user).events
    assert [one.place for one in whole] == list(range(len(whole)))
    assert [one.is_read for one in whole] == [False] * (len(whole) - 5) + [True] * 5
    last = len(whole) - 1
    less = predictor.person(user=user, without=[last - 1, 0]).events
    assert [one.place for one in less] == [*range(1, last - 1), last]
    assert [one.key for one in less] == [whole[place].key for place in (*range(1, last - 1), last)]
    places = [one.place for one in predictor.why(["i00"], user=user, without=[last - 1]).events]
    assert places == [last - 5, last - 4, last - 3, last - 2, last]  # an older one moved up


def test_an_event_that_is_not_there_cannot_be_removed(predictor, user):
    with pytest.raises(UserError, match=r"none at place 999 to remove"):
        predictor.pool(user=user, without=[999])


def test_somebody_without_a_past_has_nothing_to_explain_it(predictor, user):
    everything = list(range(len(predictor.person(user=user, most=999).events)))
    why = predictor.why(["i01"], user=user, without=everything)
    assert (why.reader, why.events, why.things) == ("", (), ())


@pytest.fixture(scope="module")
def recurrent(tmp_path_factory, config) -> Predictor:
    """A model whose history goes through a GRU alone."""
    from dataclasses import replace

    folder = tmp_path_factory.mktemp("gru")
    settings = {"model.history": "gru", "training.max_steps": 5}
    train(folder, with_settings(replace(config, tasks=("purchase",)), settings))
    return Predictor(folder / "bundle")


def test_a_reader_without_attention_says_so(recurrent, user):
    why = recurrent.why(["i01"], user=user)
    assert why.reader == "gru"
    assert {effect.attention for effect in why.things[0].effects} == {None}
    assert len({effect.without for effect in why.things[0].effects}) > 1


def test_offers_name_only_what_the_tasks_can_answer(predictor, recurrent):
    whole = predictor.offers()
    assert (whole.recommends, whole.searches, whole.relates) == ("purchase", "search", "related")
    assert (whole.answers, whole.advertises) == ("service", "ad_click")
    assert (whole.profiles, whole.describes) == (("gold", "segment"), ("tags",))
    assert (whole.person.name, whole.person.count, whole.item.name) == ("user", 40, "item")
    assert (whole.remembers, whole.memory) == ("item", 5)
    assert whole.tasks["ad_click"].needs == ("user_id", "ad_id")
    assert "position" in whole.tasks["ad_click"].may_have
    assert whole.tasks["service"].needs == ("question",)
    less = recurrent.offers()
    assert (less.recommends, less.searches, less.relates, less.answers) == ("purchase", "", "", "")
    assert (less.advertises, less.profiles, less.describes) == ("", (), ())
    assert recurrent.person(user="u01").profile == {}


def test_an_item_is_described_by_the_tasks_about_it_alone(predictor):
    tags = predictor.describe("i01")["tags"]
    assert all(0 <= share <= 1 for share in tags.values())
    with pytest.raises(UserError, match="no item 'nothing'"):
        predictor.describe("nothing")
