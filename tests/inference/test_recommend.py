"""Items for users, histories and searches; ads; related things; fusion."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from mtrec_core.errors import UserError
from mtrec_core.evaluation.fusion import FUSION_WEIGHTS, fuse_scores
from mtrec_core.inference.recommend import best_of


def keys(found):
    return [one.item for one in found]


def bought_by(tables, user):
    table = tables["purchases.csv"]
    return [item for buyer, item in zip(table["user_id"], table["item_id"], strict=True) if buyer == user]


def test_a_user_gets_the_best_items_that_are_new_to_them(predictor, tables):
    found = predictor.recommend(user="u01", n=100)
    assert set(keys(found)) == set(tables["items.csv"]["item_id"]) - set(bought_by(tables, "u01"))
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert keys(predictor.recommend(user="u01", n=3)) == keys(found)[:3]
    assert all(set(one.scores) == {"purchase", "liked", "stars"} for one in found)
    assert all(one.score == one.scores["purchase"] for one in found)


def test_seen_items_stay_when_asked_for(predictor, tables):
    kept = predictor.recommend(user="u01", n=100, seen="keep")
    assert set(keys(kept)) == set(tables["items.csv"]["item_id"])


def test_items_that_nobody_bought_are_recommended_by_their_text(predictor):
    found = {one.item: one for one in predictor.recommend(user="u01", n=100)}
    assert {"i90", "i91"} <= set(found)
    assert found["i90"].text.split(".")[0].split()[0] == "red"
    assert found["i90"].score != found["i91"].score


def test_a_typed_history_is_heard_and_its_order_too(predictor):
    other = predictor.recommend(history=["i01", "i04"], n=5)
    assert not {"i01", "i04"} & set(keys(other))
    assert keys(predictor.recommend(history=["i01", "i04"], n=100, seen="keep")).count("i01") == 1
    again = predictor.recommend(history=["i04", "i01"], n=5)
    assert [one.score for one in again] != [one.score for one in other]


def test_a_search_orders_all_items_by_the_text(predictor, tables):
    red = predictor.recommend(query="red lamp", n=100)
    assert len(red) == len(tables["items.csv"]["item_id"])
    assert set(red[0].scores) == {"search"}
    blue = predictor.recommend(query="blue sofa", n=100)
    assert [one.score for one in red] != [one.score for one in blue]


def test_a_search_knows_who_asks(predictor):
    anonymous = predictor.recommend(query="red lamp", n=3)
    known = predictor.recommend(query="red lamp", user="u03", n=3)
    assert set(known[0].scores) == {"search", "purchase", "liked", "stars"}
    assert known[0].score != anonymous[0].score


def test_a_known_query_is_scored_as_the_run_scores_its_rows(predictor, rows_of):
    row = rows_of("searches.csv", [199])
    shown = row.to_pylist()[0]
    expected = predictor.predict("search", row.drop_columns("time"))["score"][0]
    found = {
        one.item: one.score for one in predictor.recommend(query=shown["query"], user=shown["user_id"], n=100)
    }
    assert found[shown["item_id"]] == pytest.approx(expected, abs=1e-5)


def test_weights_of_the_fusion_change_the_order(predictor):
    alone = predictor.recommend(user="u01", n=100)
    same = predictor.recommend(user="u01", n=100, fuse={"purchase": 2.5})
    assert keys(same) == keys(alone)
    stars = predictor.recommend(user="u01", n=100, fuse={"stars": 1.0})
    assert keys(stars) == [one.item for one in sorted(alone, key=lambda one: -one.scores["stars"])]
    assert keys(stars) != keys(alone)


def test_a_fused_score_is_that_of_the_fusion_of_the_scores_shown(predictor):
    found = predictor.recommend(user="u01", n=100, fuse={"purchase": 1.0, "liked": 0.5})
    table = pd.DataFrame([one.scores for one in found])
    expected = fuse_scores(table, {"purchase": 2 / 3, "liked": 1 / 3, "stars": 0.0})
    np.testing.assert_allclose([one.score for one in found], expected, atol=1e-6)


@pytest.mark.parametrize("rule", FUSION_WEIGHTS)
def test_every_rule_of_fusion_works(predictor, rule):
    assert len(predictor.recommend(user="u01", n=5, fuse=rule)) == 5
    assert sum(predictor.fusion_weights(rule).values()) == pytest.approx(1)


def test_weights_are_not_learned_for_a_search(predictor):
    with pytest.raises(UserError, match="learned for what is recommended to a user without a query"):
        predictor.recommend(query="red lamp", user="u01", fuse="learned")


def test_a_task_that_can_t_judge_items_for_a_user_is_no_part_of_a_fusion(predictor):
    with pytest.raises(
        UserError, match=r"tags \(multilabel with the inputs item\) can't score each item for user"
    ):
        predictor.recommend(user="u01", fuse={"purchase": 1.0, "tags": 1.0})
    with pytest.raises(UserError, match=r"search .*these can: purchase, liked, stars"):
        predictor.recommend(user="u01", fuse={"search": 1.0})
    with pytest.raises(UserError, match="Did you mean 'purchase'"):
        predictor.recommend(user="u01", fuse={"purchas": 1.0})


def test_ads_are_ranked_by_the_probability_of_a_click_in_the_usual_context(predictor, rows_of):
    found = predictor.rank_ads("u03", n=2)
    assert len(found) == 2
    context = predictor.usual_context("ad_click")
    assert context == {"position": "1"}  # 1, 2, 3, 1, 2 over and over: 1 and 2 are as frequent, 1 comes first
    table = rows_of("impressions.csv", [0]).to_pylist()[0]
    row = pa.Table.from_pylist([table | {"user_id": "u03", "ad_id": found[0].item, "position": 1}])
    expected = predictor.predict("ad_click", row.drop_columns("time"))["probability"][0]
    assert found[0].score == pytest.approx(expected, abs=1e-6)
    assert found[0].text.endswith("shirt")


def test_related_things_are_not_the_thing_itself_nor_known_pairs(predictor, tables):
    table = tables["related.csv"]
    known = {
        other for item, other in zip(table["item_id"], table["related_id"], strict=True) if item == "i04"
    }
    found = keys(predictor.related("i04", n=100))
    assert set(found) == set(tables["items.csv"]["item_id"]) - known - {"i04"}
    kept = keys(predictor.related("i04", n=100, seen="keep"))
    assert set(kept) == set(tables["items.csv"]["item_id"]) - {"i04"}


def test_an_unknown_user_or_item_is_told_with_what_is_near(predictor):
    with pytest.raises(UserError, match=r"There is no user 'u1' in the data.*Did you mean u\d1 or"):
        predictor.recommend(user="u1")
    with pytest.raises(UserError, match=r"There is no item 'i1'.*Did you mean"):
        predictor.recommend(history=["i02", "i1"])
    with pytest.raises(UserError, match=r"There is no user '§'.*There are 40, such as u00"):
        predictor.rank_ads("§")
    with pytest.raises(UserError, match="There is no item"):
        predictor.related("§")


def test_a_question_to_nobody_or_to_two_is_told(predictor):
    with pytest.raises(UserError, match="Say for whom"):
        predictor.recommend()
    with pytest.raises(UserError, match="give one of them"):
        predictor.recommend(user="u01", history=["i01"])
    with pytest.raises(UserError, match="history is empty"):
        predictor.recommend(history=[])
    with pytest.raises(UserError, match="query is empty"):
        predictor.recommend(query="  ")


def test_an_item_that_came_along_with_rows_is_forgotten_again(predictor):
    before = predictor.recommend(user="u01", n=100, seen="keep")
    rows = pa.table({"user_id": ["u01"], "item_id": ["new"], "title": ["red lamp"]})
    assert predictor.predict("liked", rows)["probability"].notna().all()
    assert predictor.recommend(user="u01", n=100, seen="keep") == before


def test_keys_may_come_with_blanks(predictor):
    assert keys(predictor.recommend(user=" u01 ")) == keys(predictor.recommend(user="u01"))


def test_the_best_come_first_and_equal_ones_by_their_code():
    scores = np.array([1.0, 3.0, 2.0, 3.0, 5.0])
    assert best_of(scores, 3, np.array([4])).tolist() == [1, 3, 2]
    assert best_of(scores, 9, np.array([], int)).tolist() == [4, 1, 3, 2, 0]
    assert best_of(scores, 2, np.arange(5)).tolist() == []
