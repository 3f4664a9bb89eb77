"""What Compare says of studies, with numbers given by hand."""

import numpy as np
import pytest

from mtrec_core.comparing.affinity import affinity
from mtrec_core.comparing.intervals import draws_or_why
from mtrec_core.comparing.seeds import seed_groups
from mtrec_core.comparing.subset_runs import subset_runs
from mtrec_core.comparing.sweep_front import front
from mtrec_core.comparing.transfer import transfers
from mtrec_core.evaluation.preference_front import PreferenceFront, PreferencePoint
from mtrec_core.home import Home
from mtrec_core.store.store import Store
from mtrec_core.ui.shown.affinity import groupings_table, pairs_shown, shares_shown
from mtrec_core.ui.shown.front import front_shown
from mtrec_core.ui.shown.learned_front import with_learned_fronts
from mtrec_core.ui.shown.shown import TaskTitles
from mtrec_core.ui.shown.transfer import transfer_shown
from tests.study_runs import SPEC, keep_run

TITLES = TaskTitles.of([SPEC])
TASKS = ("click", "stars")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.delenv("MTREC_DB", raising=False)
    return Home.from_environment()


@pytest.fixture
def store(home):
    with Store.open(home.database_url) as opened:
        yield opened


@pytest.fixture
def runs(home, store):
    """Click gains .1 over .5 with stars, whose error rises from 1 to 1.5; two seeds that are alike."""
    return [
        keep_run(store, home, test, seed=seed)
        for seed in (0, 1)
        for test in ({"click": 0.5}, {"stars": 1.0}, {"click": 0.6, "stars": 1.5})
    ]


def seen(runs):
    draws = {run.id: draws_or_why(run)[0] for run in runs}
    return affinity(subset_runs(runs[0], TASKS, runs), "test", draws)


@pytest.mark.parametrize("dark", [False, True])
def test_the_matrix_has_a_row_for_the_helper_and_bold_numbers_where_it_is_clear(runs, dark):
    shown = pairs_shown(seen(runs), TITLES, dark)
    (heat,) = shown.figure.data
    assert np.array(heat.z, dtype=float) == pytest.approx(
        np.array([[np.nan, -0.5], [0.1 / 0.5, np.nan]]), nan_ok=True
    )
    assert [list(row) for row in heat.text] == [["", "<b>-50.0%</b>"], ["<b>+20.0%</b>", ""]]
    assert (heat.zmin, heat.zmax) == (-0.5, 0.5)
    assert "Best helped: Click with Stars (+20.0%). Most hurt: Stars with Click (-50.0%)." in shown.says
    assert "2 of 2 gains are clear." in shown.says
    assert shown.table["seeds"].tolist() == [2, 2]


def test_shares_name_what_all_others_give(runs):
    shown = shares_shown(seen(runs), TITLES, dark=False)
    assert "All other tasks together give Click +20.0%: Stars +20.0%." in shown.says
    assert shown.table["orders"].tolist() == ["all", "all"]


def test_divisions_stand_with_what_was_expected_and_what_came_on_test(runs):
    table = groupings_table(seen(runs), TITLES)
    assert table["groups"].tolist() == ["Click | Stars", "Click | Stars", "Click + Stars"]
    assert table["expected_gain"].tolist() == pytest.approx([0.0, 0.0, (0.2 - 0.5) / 2])
    assert table["gain_on_test"].tolist() == pytest.approx([0.0, 0.0, (0.2 - 0.5) / 2])


def test_delta_m_stands_below_the_tasks_with_its_seeds(runs):
    draws = {run.id: draws_or_why(run)[0] for run in runs}
    found = transfers(seed_groups([runs[2], runs[5]]), runs, draws)
    shown = transfer_shown(found, TITLES, dark=False)
    points = [trace for trace in shown.figure.data if trace.marker.symbol != "line-ns-open"]
    assert points[0].x == pytest.approx((0.2, -0.5, -0.15))
    assert shown.figure.layout.yaxis.ticktext[-1] == "Δm · mean of the tasks"
    assert "Training together clearly hurts Stars" in shown.says
    assert "over 2 tasks: -15.0%" in shown.says
    assert shown.table["verdict"].tolist() == ["better", "worse", "worse"]


def test_the_knee_has_a_ring_and_points_their_bars(home, store):
    points = {0.5: (0.50, 1.0), 1.0: (0.58, 1.1), 1.5: (0.60, 2.0)}
    runs = [
        keep_run(
            store, home, {"click": auc + shift, "stars": rmse}, seed=seed,
            weights={"click": weight, "stars": 2 - weight},
        )
        for weight, (auc, rmse) in points.items()
        for seed, shift in ((0, -0.01), (1, 0.01))
    ]  # fmt: skip
    shown = front_shown(front(seed_groups(runs), [("click", "auc"), ("stars", "rmse")]), TITLES, dark=False)
    scatter, ring = shown.figure.data[0], shown.figure.data[-1]
    assert scatter.error_x.array == pytest.approx([0.01 * 2**0.5] * 3)
    assert (ring.x[0], ring.y[0], ring.text[0]) == (pytest.approx(0.58), pytest.approx(1.1), "knee")
    assert shown.table["knee"].tolist() == [False, True, False]
    assert "click 1 · stars 1" in shown.says
    assert front_shown(front([], [("click", "auc"), ("stars", "rmse")]), TITLES, dark=False).figure is None


def test_one_model_under_many_preferences_is_a_line_of_diamonds(home, store):
    plain, asked = (keep_run(store, home, {"click": auc, "stars": 1.0}) for auc in (0.5, 0.6))
    choices = [("click", "auc"), ("stars", "rmse")]
    made = PreferenceFront(
        headlines=dict(choices),
        points=tuple(
            PreferencePoint(
                preference={"click": share, "stars": 1 - share},
                validation={"click": {"auc": 0.4 + share}, "stars": {"rmse": 2 * share}},
                test={"click": {"auc": 0.3 + share}, "stars": {}},
            )
            for share in (0.25, 0.5)
        ),
    )
    shown = front_shown(front(seed_groups([plain, asked]), choices), TITLES, dark=False)
    more = with_learned_fronts(shown, [plain, asked], {asked.id: made}, choices, "validation", TITLES, False)
    line = more.figure.data[-1]
    assert (list(line.x), list(line.y)) == ([0.65, 0.9], [0.5, 1.0])
    assert [found[2] for found in line.customdata] == ["click 0.25 · stars 0.75", "click 0.50 · stars 0.50"]
    assert len(more.figure.data) == len(shown.figure.data) + 1
    assert more.table["preference"].tolist()[-2:] == ["click 0.25 · stars 0.75", "click 0.50 · stars 0.50"]
    assert f"Diamonds: the one model of #{asked.number}" in more.says
    # On test the second metric is unknown.
    assert with_learned_fronts(shown, [asked], {asked.id: made}, choices, "test", TITLES, False) is shown
