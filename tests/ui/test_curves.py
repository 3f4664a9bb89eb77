"""The figure of a run, checked by plotly itself and by hand."""

import numpy as np
import plotly.graph_objects as go
import pytest

from mtrec_core.store.curves import Curve
from mtrec_core.ui.charts.curve_traces import CurveView, corners
from mtrec_core.ui.charts.curves import WeightChange, changed_weights, contributions, run_figure
from mtrec_core.ui.charts.panels import Panel, TaskLine, places

TASKS = [
    TaskLine(name="click", title="Ad click", colour="#3F6E9C", headline="auc", headline_title="AUC",
             higher_is_better=True, baseline=0.7, baseline_title="baseline: Popularity (test)"),
    TaskLine(name="price", title="Price", colour="#BD8130", headline="rmse", headline_title="RMSE",
             higher_is_better=False, baseline=None, baseline_title=""),
]  # fmt: skip


def curve(values, steps=None) -> Curve:
    steps = np.arange(1, len(values) + 1) if steps is None else np.asarray(steps)
    values = np.asarray(values, dtype=float)
    return Curve(ids=steps, steps=steps, epochs=steps / 10, seconds=steps * 6.0, values=values)


CURVES = {
    ("click", "train", "loss"): curve([0.7, 0.6, 0.5, 0.4]),
    ("price", "train", "loss"): curve([2.0, 1.5], steps=[1, 3]),
    ("click", "train", "weight"): curve([1, 1, 2, 2]),
    ("price", "train", "weight"): curve([1, 1], steps=[1, 3]),
    ("click", "train", "share"): curve([0.25, 1.0, 0.5, 1.0]),
    ("price", "train", "share"): curve([0.75, 0.5], steps=[1, 3]),
    ("", "train", "total_loss"): curve([4.0, 2.0, 2.0, 1.0]),
    ("", "train", "learning_rate"): curve([0.1, 0.2, 0.1, 0.0]),
    ("click", "validation", "auc"): curve([0.6, 0.8], steps=[2, 4]),
    ("", "validation", "monitor"): curve([0.0, 0.3], steps=[2, 4]),
}


def named(figure, name: str) -> list[dict]:
    return [trace for trace in figure["data"] if trace.get("name") == name]


@pytest.mark.parametrize("x", ["step", "epoch", "time"])
@pytest.mark.parametrize("dark", [False, True])
def test_plotly_takes_the_figure_and_its_narrow_layout(x, dark):
    figure, narrow = run_figure(CURVES, TASKS, CurveView(x=x, dark=dark), best_step=4)
    go.Figure(figure)
    go.Figure({"data": figure["data"], "layout": {**figure["layout"], **narrow}})


def test_a_run_without_points_has_empty_panels_that_plotly_takes():
    figure, _ = run_figure({}, TASKS, CurveView())
    assert figure["data"] == []
    go.Figure(figure)


def test_the_effective_learning_rate_is_drawn_where_it_is_another():
    words = "effective: times the mean weight"
    for values, drawn in (([0.1, 0.2, 0.1, 0.0], 0), ([0.2, 0.4, 0.2, 0.0], 1)):
        figure, _ = run_figure(
            CURVES | {("", "train", "effective_learning_rate"): curve(values)}, TASKS, CurveView()
        )
        assert len(named(figure, words)) == drawn


def test_the_total_is_the_sum_of_what_each_task_adds():
    # Shares times totals: step 1 is 4 = 1 + 3, step 2 is 2 = 2 + 0, step 3 is 2 = 1 + 1, step 4 is 1 = 1 + 0.
    places_S, added = contributions(CURVES, ["click", "price"])
    assert places_S.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(added["click"], [1, 2, 1, 1])
    np.testing.assert_allclose(added["price"], [3, 0, 1, 0])


def test_stretches_are_means_over_their_steps():
    total = curve(np.full(1000, 2.0))
    shares = {("a", "train", "share"): curve(np.full(1000, 1.0)), ("", "train", "total_loss"): total}
    places_S, added = contributions(shares, ["a"])
    assert len(places_S) == 240
    assert places_S[-1] == 999
    np.testing.assert_allclose(added["a"], 2.0)


def test_a_task_has_its_colour_in_loss_metric_weight_and_share():
    figure, _ = run_figure(CURVES, TASKS, CurveView())
    assert {trace["line"]["color"] for trace in named(figure, "Ad click")} == {"#3F6E9C"}
    assert named(figure, "validation")[0]["line"]["color"] == "#3F6E9C"


def test_the_raw_loss_stays_visible_under_its_average():
    figure, _ = run_figure(CURVES, TASKS, CurveView(smoothing=0.6))
    raw, smooth = named(figure, "loss on training rows")[:2]
    assert raw["line"]["color"] == "rgba(63,110,156,0.28)"
    np.testing.assert_allclose(raw["y"], [0.7, 0.6, 0.5, 0.4])
    # (0.6 * 0.4 * 0.7 + 0.4 * 0.6) / (1 - 0.36)
    assert smooth["y"][1] == pytest.approx((0.6 * 0.4 * 0.7 + 0.4 * 0.6) / 0.64)


def test_without_smoothing_one_line_is_drawn():
    figure, _ = run_figure(CURVES, TASKS[:1], CurveView(smoothing=0))
    assert len(named(figure, "loss on training rows")) == 1


def test_the_baseline_is_a_level_over_the_whole_curve():
    figure, _ = run_figure(CURVES, TASKS, CurveView())
    (level,) = named(figure, "baseline: Popularity (test)")
    assert (level["x"].tolist(), level["y"].tolist()) == ([1.0, 4.0], [0.7, 0.7])


def test_the_best_step_is_a_star_on_the_metric():
    figure, _ = run_figure(CURVES, TASKS, CurveView(), best_step=4)
    stars = [trace for trace in figure["data"] if trace.get("marker", {}).get("symbol") == "star"]
    assert [(star["x"].tolist(), star["y"].tolist()) for star in stars] == [([4], [0.8]), ([4], [0.3])]


def test_a_change_of_weights_is_marked_where_it_was():
    change = WeightChange(step=3, before={"click": 1, "price": 1}, after={"click": 2, "price": 1})
    figure, narrow = run_figure(CURVES, TASKS, CurveView(x="time"), changes=[change])
    # Step 3 is 18 seconds in, 0.3 minutes; a line in each of the two columns, and one where they are stacked.
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [pytest.approx(0.3)] * 2
    assert len(narrow["shapes"]) == 1
    assert changed_weights(change) == "From step 3: click 1 → 2"


def test_a_step_line_keeps_its_corners_and_its_ends():
    assert corners(np.array([1, 1, 1, 2, 2, 1, 1, 1])).tolist() == [0, 3, 5, 7]
    assert corners(np.array([1.0])).tolist() == [0]


def test_panels_stand_side_by_side_or_below_each_other():
    panels = [Panel(title="", row=at // 2, column=at % 2, traces=()) for at in range(4)]
    wide, narrow = places(panels, stacked=False), places(panels, stacked=True)
    assert narrow.height > wide.height
    assert wide.panels[0][0][1] < wide.panels[1][0][0]
    assert wide.panels[0][1] == wide.panels[1][1]
    bottoms = [bottom for _, (bottom, _) in narrow.panels]
    assert bottoms == sorted(bottoms, reverse=True)
    assert {span for span, _ in narrow.panels} == {(0.0, 1.0)}
