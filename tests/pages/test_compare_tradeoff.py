"""Compare's trade-off: what a click on a point offers, up to a run in the queue."""

import json
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from mtrec_core.config import RunConfig
from mtrec_core.data.samples import use_sample
from mtrec_core.evaluation.preference_front import (
    PreferenceFront,
    PreferencePoint,
    save_preference_front,
)
from mtrec_core.home import Home
from mtrec_core.jobs import supervisor
from mtrec_core.recorded_run import start_run
from mtrec_core.store.records import RunRecord
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store
from mtrec_core.ui.compare_tradeoff import CHART
from tests.conftest import PROJECT

TASKS = {"enrol": ("retrieval", "ndcg@10"), "outcome": ("multiclass", "accuracy")}


@pytest.fixture
def asked(monkeypatch) -> list[Home]:
    """The homes for which a supervisor was asked; none is started."""
    found: list[Home] = []
    monkeypatch.setattr(supervisor, "ensure_supervisor", found.append)
    return found


@pytest.fixture
def runs(home, store) -> list[RunRecord]:
    """Two completed runs on the same data: their weights are 3 to 1 and 1 to 3."""
    folder = str(use_sample("enrolments", home.datasets).folder)
    return [
        completed(store, home, folder, {"enrol": 3.0, "outcome": 1.0}, {"enrol": 0.3, "outcome": 0.6}),
        completed(store, home, folder, {"enrol": 1.0, "outcome": 3.0}, {"enrol": 0.2, "outcome": 0.8}),
    ]


def completed(
    store: Store, home: Home, folder: str, weights: dict[str, float], test: dict[str, float]
) -> RunRecord:
    config = replace(RunConfig(dataset=folder), tasks=tuple(weights), weights=weights)
    run = start_run(config, store, home)
    store.change_state(run.id, RunState.RUNNING)
    tasks = {
        name: {
            "kind": TASKS[name][0], "headline": TASKS[name][1], "test": {TASKS[name][1]: value},
            "before": {}, "validation": {}, "baselines": {}, "split": "",
        }
        for name, value in test.items()
    }  # fmt: skip
    result = {"run": run.id, "state": "completed", "notes": [], "tasks": tasks}
    store.set_result(run.id, result, best_step=1, rows_per_second=1.0)
    return store.change_state(run.id, RunState.COMPLETED)


def opened() -> AppTest:
    app = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=120)
    for name, value in {"runs": "1,2", "view": "tradeoff"}.items():
        app.query_params[name] = value
    return sound(app.switch_page("pages/4_Compare.py").run())


def sound(app: AppTest) -> AppTest:
    assert not app.exception
    assert [error.value for error in app.error] == []
    return app


def click(app: AppTest, run: RunRecord) -> AppTest:
    """A click on the run's point, as the browser reports it: AppTest has no words for charts."""
    (chart,) = [part for part in app.get("plotly_chart") if CHART in part.proto.id]
    states = app._tree.get_widget_states()
    point = {"curve_number": 0, "point_index": 0, "customdata": [run.id]}
    selection = {"points": [point], "point_indices": [0], "box": [], "lasso": []}
    states.widgets.add(id=chart.proto.id, string_value=json.dumps({"selection": selection}))
    return sound(app._run(states))


def texts(app: AppTest) -> str:
    return "\n".join(str(part.value) for part in (*app.markdown, *app.caption, *app.success, *app.info))


def choose(app: AppTest, run: RunRecord) -> AppTest:
    """The same without a pointer."""
    return sound(app.selectbox(key="point").set_value(run.id).run())


def test_without_a_point_nothing_can_be_queued(runs):
    app = opened()
    assert app.selectbox(key="point").value is None
    assert not [button for button in app.button if button.key == "queue_between"]


def test_a_click_chooses_a_point_and_another_choice_takes_its_place(runs):
    app = click(opened(), runs[1])
    assert app.selectbox(key="point").value == runs[1].id
    assert choose(app, runs[0]).selectbox(key="point").value == runs[0].id


def test_the_button_queues_a_run_with_weights_between_two_points(runs, store, home, asked):
    app = choose(opened(), runs[0])
    app.slider(key="between_share").set_value(0.25).run()
    # A quarter of the way from 3 : 1 to 1 : 3, whose sums are alike: 3 - 0.5 = 2.5 and 1 + 0.5 = 1.5.
    assert "Its weights: enrol **2.5** · outcome **1.5**" in texts(app)
    assert store.list_runs(state=RunState.QUEUED) == []
    sound(app.button(key="queue_between").click().run())
    (queued,) = store.list_runs(state=RunState.QUEUED)
    assert queued.config["weights"] == {"enrol": 2.5, "outcome": 1.5}
    assert queued.name == "between #1 and #2 (25 %)"
    assert asked == [home]
    assert f"#{queued.number} waits in the queue." in texts(app).replace("\\", "")


def test_runs_of_like_weights_have_nothing_between_them(runs, store, home):
    like = completed(
        store, home, runs[0].config["dataset"], {"enrol": 3.0, "outcome": 1.0}, {"enrol": 0.3, "outcome": 0.7}
    )
    app = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=120)
    for name, value in {"runs": f"1,{like.number}", "view": "tradeoff"}.items():
        app.query_params[name] = value
    app = choose(sound(app.switch_page("pages/4_Compare.py").run()), runs[0])
    assert "nothing lies between" in texts(app)


def test_a_run_that_was_asked_for_many_preferences_has_a_line_of_its_own(runs):
    headlines = {task: metric for task, (_kind, metric) in TASKS.items()}
    points = tuple(
        PreferencePoint(
            preference={"enrol": share, "outcome": 1 - share},
            validation={},
            test={"enrol": {"ndcg@10": share}, "outcome": {"accuracy": 1 - share}},
        )
        for share in (0.25, 0.75)
    )
    save_preference_front(PreferenceFront(headlines=headlines, points=points), runs[1].folder)
    assert f"Diamonds: the one model of #{runs[1].number}" in texts(opened()).replace("\\", "")
