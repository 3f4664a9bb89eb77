"""What Compare says of results, settings, learning and gradients, from numbers given by hand."""

from dataclasses import replace

import pytest

from mtrec_core.comparing.intervals import draws_or_why
from mtrec_core.home import Home
from mtrec_core.store.curves import CurveKey
from mtrec_core.store.store import Store
from mtrec_core.ui.charts.parallel import Axis
from mtrec_core.ui.shown.gradients import MOST_PAIRS, conflict_shown, pulls_shown
from mtrec_core.ui.shown.results import results_shown
from mtrec_core.ui.shown.settings import FIRST_AXES, ParallelAxes, metric_axis
from mtrec_core.ui.shown.shown import TaskTitles
from mtrec_core.ui.shown.tuning import tuning_shown
from tests.study_runs import SPEC, keep_run
from tests.ui.test_curves import curve

TITLES = TaskTitles.of([SPEC])


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Two runs; before training each metric of the made-up runs is 0.5."""
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.delenv("MTREC_DB", raising=False)
    home = Home.from_environment()
    with Store.open(home.database_url) as store:
        return [
            keep_run(store, home, {"click": 0.7, "stars": 0.4}),
            keep_run(store, home, {"click": 0.45, "stars": 0.3}, seed=1),
        ]


def test_each_task_has_a_panel_with_a_lane_per_run(runs):
    shown = tuning_shown(runs, TITLES, dark=False)
    assert [(tuple(lane.x), lane.yaxis) for lane in shown.figure.data] == [
        ((0.7, 0.5), "y"), ((0.45, 0.5), "y"), ((0.4, 0.5), "y2"), ((0.3, 0.5), "y2"),
    ]  # fmt: skip
    assert [title.text for title in shown.figure.layout.annotations] == [
        "<b>Click · AUC</b>",
        "<b>Stars · RMSE ↓</b>",
    ]
    # A run stands in the legend once.
    assert [lane.showlegend for lane in shown.figure.data] == [True, True, False, False]


def test_the_sentence_names_who_gained_most_and_what_got_worse(runs):
    says = tuning_shown(runs, TITLES, dark=True).says
    # Of RMSE less is better: 0.3 is the larger gain.
    assert "Stars: RMSE ↓ from 0.5000 to 0.3000 (#2)." in says
    assert "Click: AUC from 0.5000 to 0.7000 (#1)." in says
    assert says.endswith("Worse than before training: Click (#2).")


def test_of_many_tasks_the_sentence_counts_who_gained(runs):
    names = [f"t{at}" for at in range(5)]
    part = {"kind": "binary", "headline": "auc", "test": {"auc": 0.6}, "before": {"auc": 0.5}}
    tasks = dict.fromkeys(names, part) | {"t4": {**part, "test": {"auc": 0.4}}}
    says = tuning_shown([replace(runs[0], result={"tasks": tasks})], TITLES, dark=False).says
    assert says == "4 of 5 values became better. Worse than before training: t4 (#1)."


def test_the_table_says_better_or_worse_in_the_metrics_own_direction(runs):
    table = tuning_shown(runs, TITLES, dark=False).table
    assert list(zip(table["task"], table["verdict"], strict=True)) == [
        ("Click", "better"), ("Click", "worse"), ("Stars", "better"), ("Stars", "better"),
    ]  # fmt: skip
    assert table["change"].tolist() == pytest.approx([0.2, -0.05, -0.1, -0.2])


def test_what_was_not_measured_before_has_no_panel(runs):
    untold = replace(runs[0], result={"tasks": {"click": {**runs[0].result["tasks"]["click"], "before": {}}}})
    shown = tuning_shown([untold], TITLES, dark=False)
    assert shown.figure is None
    assert shown.table.empty


def cosines(run, pairs):
    return {
        CurveKey(run.id, one, "train", f"cosine:{other}"): curve(values)
        for (one, other), values in pairs.items()
    }


def test_the_pair_that_conflicts_most_in_some_run_stands_first(runs):
    curves = cosines(runs[0], {("click", "stars"): [0.2, 0.4], ("click", "buy"): [0.1]})
    curves |= cosines(runs[1], {("click", "stars"): [-0.2, -0.4]})
    shown = pulls_shown(runs, curves, TITLES, dark=False)
    assert list(shown.figure.layout.yaxis.ticktext) == ["Click · Stars", "Click · Buy"]
    assert shown.says == "1 of 2 pairs of tasks conflict in some run, most of all Click · Stars: -0.30."
    rows = shown.table.set_index(["run", "other_task"])["cosine_of_last"]
    assert rows.tolist() == pytest.approx([(0.2 + 0.4) / 2, 0.1, (-0.2 - 0.4) / 2])
    assert shown.table["share_below_0"].tolist() == [0.0, 0.0, 1.0]


def test_many_pairs_are_cut_to_those_that_conflict_most(runs):
    names = [f"t{at}" for at in range(7)]
    titles = TaskTitles(titles={name: name for name in names})
    pairs = {(one, other): [0.0] for one in names for other in names if one < other}
    pairs["t2", "t5"] = [-0.9]
    shown = pulls_shown(runs[:1], cosines(runs[0], pairs), titles, dark=False)
    rows = list(shown.figure.layout.yaxis.ticktext)
    assert (rows[0], len(rows)) == ("t2 · t5", MOST_PAIRS)
    # 7 tasks have 7 * 6 / 2 = 21 pairs; the table has them all.
    assert len(shown.table) == 21


def test_a_run_that_compared_nothing_has_no_matrix(runs):
    curves = cosines(runs[0], {("click", "stars"): [0.2]})
    assert conflict_shown(runs[1], curves, TITLES, dark=False) is None
    shown = conflict_shown(runs[0], curves, TITLES, dark=True)
    assert [list(row) for row in shown.figure.data[0].text] == [["", "+0.20"], ["+0.20", ""]]


def test_many_differences_are_told_by_task(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.delenv("MTREC_DB", raising=False)
    home = Home.from_environment()
    with Store.open(home.database_url) as store:
        chosen = [
            keep_run(store, home, {"click": click, "stars": stars}, seed=seed, noise=1e-6)
            for seed, (click, stars) in enumerate(
                [(0.5, 0.5), (0.6, 0.6), (0.4, 0.4), (0.7, 0.7), (0.8, 0.3)]
            )
        ]
    draws = {run.id: draws_or_why(run)[0] for run in chosen}
    says = results_shown(chosen, chosen[0], draws, TITLES, False, dark=False).says
    # Eight differences are clear; of RMSE less is better.
    assert says == (
        "Against #1 click+stars. Click: better #2, #4, #5; worse #3. Stars: better #3, #5; worse #2, #4."
    )
    says = results_shown(chosen[:2], chosen[0], draws, TITLES, False, dark=False).says
    assert "#2 is better on Click (+20.0%)" in says


def test_at_first_the_axes_are_settings_without_the_seed_and_the_metric_looked_at():
    def axis(title: str) -> Axis:
        return Axis(title=title, values=(1, 2, 3))

    names = ["seed", *(f"s{at}" for at in range(6))]
    axes = ParallelAxes(
        runs=(), settings=tuple(map(axis, names)), metrics=(axis("click AUC"), axis("stars RMSE ↓"))
    )
    assert axes.first(metric_axis("stars", "rmse")) == [
        *(f"s{at}" for at in range(FIRST_AXES)),
        "stars RMSE ↓",
    ]
    assert axes.titles()[0] == "seed"
