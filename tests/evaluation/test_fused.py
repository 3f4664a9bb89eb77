"""Fused scores by hand: averages, ranks, votes, expected values; lists that do not hold the same items."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from mtrec_core.data.schema import TaskSpec
from mtrec_core.errors import UserError
from mtrec_core.evaluation.fused import Blend, fused_table, learned_blend
from mtrec_core.evaluation.fusion_methods import FUSION_METHODS, fusion_method, places
from mtrec_core.evaluation.metrics import evaluate
from mtrec_core.evaluation.scored_lines import lines_of_runs, lines_of_tasks


def task(kind, **more):
    inputs = ("user",) if kind in ("binary", "regression", "multiclass", "multilabel") else ("user", "item")
    return TaskSpec(name="t", kind=kind, table="t.csv", inputs=inputs, **more)


def fused(scored, method="mean", weights=None, **more):
    shares = weights or dict.fromkeys(scored.names, 1 / len(scored.names))
    return fused_table(scored, Blend(method=method, weights=shares, **more))


@pytest.fixture
def two(read_table):
    """Two runs' tables from lines `row item user target a b`, b's score after a's."""

    def make(spec, text):
        names, *lines = [line.split() for line in text.strip().splitlines()]
        tables = {}
        for run in ("a", "b"):
            at = names.index(run)
            kept = [*range(len(names) - 2), at]
            rows = [[*names[:-2], "score"], *([line[place] for place in kept] for line in lines)]
            tables[run] = read_table("\n".join(" ".join(row) for row in rows))
        return lines_of_runs(spec, "test", tables)

    return make


YES_NO = """
row user target a   b
1   u    1      0.8 0.5
2   u    0      0.5 0.2
3   v    1      0.2 0.8
"""


def test_an_average_of_chances_is_that_of_their_logits(two):
    scored = two(task("binary"), YES_NO)
    # logits: log 4 and 0; 0 and -log 4; -log 4 and log 4. Half of each sum: log 2, -log 2, 0.
    assert fused(scored)["score"].tolist() == pytest.approx([2 / 3, 1 / 3, 1 / 2])
    # Weights 3/4 and 1/4 on the first row: 3/4 log 4 = log 2.83
    odds = 4**0.75
    assert fused(scored, weights={"a": 0.75, "b": 0.25})["score"][0] == pytest.approx(odds / (1 + odds))


def test_a_learned_slope_and_intercept_move_the_chances_and_not_the_order(two):
    scored = two(task("binary"), YES_NO)
    # 2 log 2 - log 2 = log 2; -2 log 2 - log 2 = -log 8; 0 - log 2
    found = fused(scored, slope=2.0, intercept=-math.log(2))
    assert found["score"].tolist() == pytest.approx([2 / 3, 1 / 9, 1 / 3])


def test_numbers_are_averaged_in_their_unit(two):
    scored = two(task("regression"), "row user target a b\n1 u 3 2.0 4.0\n2 u 1 1.0 3.0")
    assert fused(scored, weights={"a": 0.25, "b": 0.75})["score"].tolist() == pytest.approx([3.5, 2.5])
    assert evaluate(task("regression"), fused(scored, weights={"a": 1.0, "b": 0.0}))["rmse"] == pytest.approx(
        math.sqrt(1 / 2)
    )


def test_chances_of_classes_are_averaged_as_logarithms_and_sum_to_1(two):
    scored = two(
        task("multiclass"),
        "row item user target a b\n1 x u 1 0.8 0.2\n1 y u 0 0.2 0.8\n2 x u 0 0.5 0.5\n2 y u 1 0.5 0.5",
    )
    # sqrt(.8 .2) = .4 for both classes of row 1
    assert fused(scored)["score"].tolist() == pytest.approx([0.5, 0.5, 0.5, 0.5])
    more = fused(scored, weights={"a": 1.0, "b": 0.0})
    assert more["score"].tolist() == pytest.approx([0.8, 0.2, 0.5, 0.5])


def test_ranked_lists_are_standardised_before_they_are_averaged(two):
    spec = task("ranking", group="query")
    scored = two(spec, "row item user target a b\n1 x q 1 1 30\n2 y q 0 2 20\n3 z q 0 3 10")
    # z is -s, 0, s in a and s, 0, -s in b, with s = sqrt(3/2): the fusion is 0 for all, or follows a weight.
    assert fused(scored)["score"].tolist() == pytest.approx([0, 0, 0], abs=1e-6)
    s = math.sqrt(3 / 2)
    heavier = fused(scored, weights={"a": 0.25, "b": 0.75})["score"].tolist()
    assert heavier == pytest.approx([s / 2, 0, -s / 2], abs=1e-6)


LISTED = """
row user item target score rank
1   u    x    1      9     1
1   u    y    0      5     2
1   u    z    0      1     3
"""
OTHER = """
row user item target score rank
1   u    z    0      8     1
1   u    x    1      7     2
1   u    w    0      6     3
"""


@pytest.fixture
def lists(read_table):
    return lines_of_runs(task("retrieval"), "test", {"a": read_table(LISTED), "b": read_table(OTHER)})


def test_lists_are_joined_and_what_one_run_does_not_list_is_not_known(lists):
    assert lists.lines["item"].tolist() == ["w", "x", "y", "z"]
    np.testing.assert_array_equal(lists.score_nR, [[np.nan, 6], [9, 7], [5, np.nan], [1, 8]])


def test_what_a_run_does_not_list_gets_its_lowest_of_the_list(lists):
    # Less the mean: in a x 4, y 0, z and w -4 over sqrt(32/3); in b z 1, x 0, w and y -1 over sqrt(2/3).
    a, b = 4 / math.sqrt(32 / 3), 1 / math.sqrt(2 / 3)
    found = fused(lists)
    expected = {"w": (-a - b) / 2, "x": a / 2, "y": -b / 2, "z": (-a + b) / 2}
    assert dict(zip(found["item"], found["score"], strict=True)) == pytest.approx(expected)
    # x first; a = b = sqrt(3/2): z 0, y -a/2, w -a
    assert dict(zip(found["item"], found["rank"], strict=True)) == {"x": 1, "z": 2, "y": 3, "w": 4}


def test_reciprocal_ranks_add_up_and_what_is_not_listed_adds_nothing(lists):
    found = fused(lists, "rank", {"a": 0.5, "b": 0.5})
    expected = {
        "w": 0.5 / 63,
        "x": 0.5 / 61 + 0.5 / 62,
        "y": 0.5 / 62,
        "z": 0.5 / 63 + 0.5 / 61,
    }
    assert dict(zip(found["item"], found["score"], strict=True)) == pytest.approx(expected)


def test_in_a_borda_count_what_is_not_listed_shares_the_points_that_are_left(lists):
    # 4 lines: 3, 2, 1, 0 points of 3. a leaves 0 to w; b leaves 0 to y.
    found = fused(lists, "borda", {"a": 0.5, "b": 0.5})
    expected = {"w": 1 / 6, "x": 5 / 6, "y": 2 / 6, "z": 4 / 6}
    assert dict(zip(found["item"], found["score"], strict=True)) == pytest.approx(expected)


def test_places_are_shared_by_equal_scores_and_by_all_that_is_not_listed(lists):
    scored = dataclasses.replace(lists, score_nR=np.array([[2.0], [2.0], [np.nan], [np.nan]]), names=("a",))
    assert places(scored)[:, 0].tolist() == [1.5, 1.5, 3.5, 3.5]


def test_a_relevant_item_below_every_list_stands_behind_what_is_listed(read_table):
    deep = LISTED + "1 u v 1 0.1 40\n"
    other = OTHER + "1 u v 1 0.2 70\n"
    scored = lines_of_runs(task("retrieval"), "test", {"a": read_table(deep), "b": read_table(other)})
    listed = dict(zip(scored.lines["item"], scored.is_listed_n, strict=True))
    assert listed == {"v": False, "w": True, "x": True, "y": True, "z": True}
    for method in ("mean", "rank", "borda"):
        ranks = dict(zip(scored.lines["item"], fused(scored, method)["rank"], strict=True))
        assert ranks["v"] == 5


def test_the_shorter_list_decides_how_deep_the_fusion_looks(read_table):
    short = "row user item target score rank\n1 u y 0 5 1\n1 u x 1 4 2"
    scored = lines_of_runs(task("retrieval"), "test", {"a": read_table(LISTED), "b": read_table(short)})
    # b shows irrelevant items to place 1 only, so x, at place 2 of b, is known to be listed by a alone
    listed = scored.lines.assign(a=scored.score_nR[:, 0], b=scored.score_nR[:, 1]).set_index("item")
    assert math.isnan(listed.loc["x", "b"])
    assert listed.loc["x", "a"] == 9


def test_one_run_fused_with_itself_keeps_its_metrics(read_table):
    table = read_table(LISTED)
    scored = lines_of_runs(task("retrieval"), "test", {"a": table, "b": table})
    for method in ("mean", "rank", "borda"):
        assert evaluate(task("retrieval"), fused(scored, method))["ndcg@10"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"row": 7}, "test rows of the task t differ"),
        ({"user": "w"}, "test rows of the task t differ"),
        ({"target": 0.0}, "test rows of the task t differ"),
    ],
)
def test_runs_with_other_rows_are_refused_with_the_reason(read_table, change, reason):
    table = read_table("row user target score\n1 u 1 0.8\n2 u 0 0.5")
    other = table.assign(**change)
    with pytest.raises(UserError, match=rf"Runs a and b can't be fused: their {reason} \(2 and 2 lines\)"):
        lines_of_runs(task("binary"), "test", {"a": table, "b": other})
    with pytest.raises(UserError, match=r"\(2 and 1 lines\)"):
        lines_of_runs(task("binary"), "test", {"a": table, "b": table[:1]})
    with pytest.raises(UserError, match="Run b has no validation predictions of the task t"):
        lines_of_runs(task("binary"), "validation", {"b": table})


def test_runs_whose_lists_ask_for_other_items_are_refused(read_table):
    other = OTHER.replace("z    0", "z    1")
    with pytest.raises(UserError, match=r"their lists differ \(1 and 2 lines\)"):
        lines_of_runs(task("retrieval"), "test", {"a": read_table(LISTED), "b": read_table(other)})


def tasks_scored(lines, **wanted):
    """The lists of tasks: purchase leads; each of `lines` is item, target, and a score per task."""
    names = ["purchase", *wanted]
    specs = {
        name: dataclasses.replace(task("binary"), name=name, wanted=wanted.get(name, "high"))
        for name in names
    }
    specs["purchase"] = dataclasses.replace(task("retrieval"), name="purchase")
    table = pd.DataFrame(
        [
            {"row": 1, "item": item, "target": target, "task": name, "score": score}
            for item, target, *scores in lines
            for name, score in zip(names, scores, strict=True)
        ]
    )
    return lines_of_tasks(specs["purchase"], "test", table, specs, {1: "u"}, pool=3)


def test_an_expected_value_is_the_product_of_chances_and_price():
    scored = tasks_scored([("x", 1, math.log(3), 0.2), ("y", 0, 0.0, 0.9)], click="high")
    # softmax: 3/4 and 1/4. x: 3/4 * .2 * 10 = 1.5; y: 1/4 * .9 * 2 = .45
    blend = Blend(method="utility", weights={"purchase": 1.0, "click": 1.0})
    found = fused_table(scored, blend, {"x": 10.0, "y": 2.0})
    assert np.exp(found["score"]).tolist() == pytest.approx([1.5, 0.45])
    assert found["rank"].tolist() == [1, 2]
    cheap = fused_table(scored, blend, {"x": 1.0, "y": 2.0})  # .15 against .45
    assert cheap["rank"].tolist() == [2, 1]


def test_the_weights_of_an_expected_value_are_powers():
    scored = tasks_scored([("x", 1, 0.0, 0.2), ("y", 0, 0.0, 0.9)], click="high")
    blend = Blend(method="utility", weights={"purchase": 0.0, "click": 2.0})
    assert np.exp(fused_table(scored, blend)["score"]).tolist() == pytest.approx([0.04, 0.81])


def test_a_risk_counts_by_the_chance_that_it_does_not_happen():
    scored = tasks_scored([("x", 1, 0.0, 0.2), ("y", 0, 0.0, 0.9)], returned="low")
    blend = Blend(method="utility", weights={"purchase": 1.0, "returned": 1.0})
    assert np.exp(fused_table(scored, blend)["score"]).tolist() == pytest.approx([0.5 * 0.8, 0.5 * 0.1])


def test_an_item_without_a_price_above_0_is_named():
    scored = tasks_scored([("x", 1, 0.0, 0.2), ("y", 0, 0.0, 0.9)], click="high")
    blend = Blend(method="utility", weights={"purchase": 1.0, "click": 1.0})
    with pytest.raises(UserError, match="number above 0 for each item; y has 0"):
        fused_table(scored, blend, {"x": 1.0, "y": 0.0})


def test_what_stands_behind_the_pool_of_the_leading_task_is_not_reordered():
    scored = tasks_scored(
        [("a", 0, 4.0, 0.1), ("b", 0, 3.0, 0.1), ("c", 0, 2.0, 0.1), ("d", 1, 1.0, 0.9)], click="high"
    )
    found = fused(scored, weights={"purchase": 0.0, "click": 1.0}).set_index("item")
    assert found.loc["d", "rank"] == 4
    assert np.isfinite(found["score"]).all()


def test_learned_weights_of_tasks_are_0_or_less_for_a_risk():
    draw = np.random.default_rng(0)
    specs = {
        "purchase": dataclasses.replace(task("retrieval"), name="purchase"),
        "returned": dataclasses.replace(task("binary"), name="returned", wanted="low"),
    }
    lines = []
    for row in range(300):
        like_P, risk_P = draw.normal(size=8), draw.normal(size=8)
        best = int(np.argmax(like_P - risk_P + draw.gumbel(size=8)))
        for item in range(8):
            for name, score in (("purchase", like_P[item]), ("returned", risk_P[item])):
                lines.append(
                    {
                        "row": row,
                        "item": f"i{item}",
                        "target": float(item == best),
                        "task": name,
                        "score": score,
                    }
                )
    users = {row: f"u{row}" for row in range(300)}
    scored = lines_of_tasks(specs["purchase"], "validation", pd.DataFrame(lines), specs, users, pool=100)
    for method in ("mean", "rank", "borda"):
        weights = learned_blend(scored, method).weights
        assert weights["purchase"] > 0.3
        assert weights["returned"] < -0.3
        assert sum(map(abs, weights.values())) == pytest.approx(1)


@pytest.mark.parametrize("kind", ["binary", "multilabel"])
def test_a_learned_fusion_of_chances_finds_the_planted_mixture(kind):
    draw = np.random.default_rng(0)
    count, x_nR = 20_000, draw.normal(size=(20_000, 2))
    yes_n = draw.random(count) < 1 / (1 + np.exp(-(0.9 * x_nR[:, 0] + 0.3 * x_nR[:, 1])))
    facts = pd.DataFrame(
        {"task": "t", "split": "validation", "row": np.arange(count), "user": "u", "item": "i", "rank": 0}
    ).assign(target=yes_n.astype(float))
    tables = {
        name: facts.assign(score=1 / (1 + np.exp(-x_n))) for name, x_n in zip("ab", x_nR.T, strict=True)
    }
    found = learned_blend(lines_of_runs(task(kind), "validation", tables), "mean")
    assert found.weights == pytest.approx({"a": 0.75, "b": 0.25}, abs=0.03)  # .9 and .3 of 1.2
    assert found.slope == pytest.approx(1.2, abs=0.05)


def test_an_order_is_refused_where_a_number_is_asked_for(two):
    scored = two(task("regression"), "row user target a b\n1 u 3 2.0 4.0\n2 u 1 1.0 3.0")
    for method in ("rank", "borda"):
        with pytest.raises(UserError, match="gives an order, and the task t asks for a number"):
            fused(scored, method)


def test_an_expected_value_has_nothing_to_learn(lists):
    with pytest.raises(UserError, match="no weights to learn"):
        learned_blend(lists, "utility")


def test_an_unknown_method_names_the_known_ones():
    with pytest.raises(
        UserError, match="Unknown method 'vote' of fusion; known here: mean, rank, borda, utility"
    ):
        fusion_method("vote")


@pytest.mark.parametrize("key", FUSION_METHODS)
def test_each_row_of_the_table_is_complete(key):
    row = FUSION_METHODS[key]
    assert row.key == key
    assert row.title
    assert row.use
    assert row.formula
    assert row.source


def test_no_two_methods_give_the_same_scores(lists):
    found = {key: fused(lists, key)["score"].to_numpy() for key in FUSION_METHODS}
    assert len({tuple(np.round(scores, 6)) for scores in found.values()}) == len(FUSION_METHODS)
