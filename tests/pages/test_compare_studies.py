"""Compare's views of studies: together or alone, who helps whom, the front over seeds."""

import pytest

from mtrec_core.config import RunConfig
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.jobs.studies import look_up, subset_plan, subsets_to_train
from mtrec_core.recorded_run import start_run
from mtrec_core.store.states import RunState
from tests.cli.test_train_command import DECLARATION
from tests.pages.test_compare import page, texts
from tests.study_runs import keep_run

SUBSETS = [
    {"click": 0.5}, {"stars": 1.0}, {"buy": 0.2}, {"click": 0.6, "stars": 0.9}, {"click": 0.45, "buy": 0.2},
    {"stars": 1.1, "buy": 0.25}, {"click": 0.55, "stars": 0.8, "buy": 0.3},
]  # fmt: skip


def subsets(store, home, seeds=(0,)):
    for seed in seeds:
        for test in SUBSETS:
            run = keep_run(store, home, {task: value + seed / 100 for task, value in test.items()}, seed=seed)
    return run


def test_the_subsets_of_the_chosen_run_come_in_by_themselves(home, store):
    joint = subsets(store, home, seeds=(0, 1))
    test = page("affinity", str(joint.number))
    shown = texts(test)
    assert "Best helped: Buy with Stars" in shown
    assert "Suggested: **" in shown
    assert "Shapley values, exact" in shown
    assert "seeds: 2" in shown
    table = next(one.value for one in test.dataframe if "gain_on_test" in one.value.columns)
    assert table["groups"].tolist()[-1] == "Click + Stars + Buy"


def test_gains_on_validation_are_shown_when_asked(home, store):
    joint = subsets(store, home)
    test = page("affinity", str(joint.number), {"affinityvalidation": "true"})
    assert "gains are clear" not in texts(test)
    assert "Best helped" in texts(test)


def test_without_pairs_the_view_teaches_the_command(home, store):
    run = keep_run(store, home, {"click": 0.5, "stars": 1.0, "buy": 0.2})
    test = page("affinity", str(run.number))
    assert [code.value for code in test.code] == [
        "python -m mtrec_core affinity DATASET --tasks click,stars,buy --seeds 2"
    ]


def test_pairs_without_larger_subsets_have_no_shares_yet(home, store):
    runs = [keep_run(store, home, test) for test in SUBSETS[:6]]
    keep_run(store, home, SUBSETS[6], settings={"model.width": 8})
    test = page("affinity", f"{runs[3].number},{runs[4].number}")
    assert "Shapley values need larger subsets as well" in texts(test)


def test_seeds_are_one_comparison_and_delta_m_stands_below(home, store):
    joint = subsets(store, home, seeds=(0, 1))
    test = page("transfer", f"{joint.number},{joint.number - 7}")
    table = next(one.value for one in test.dataframe if "seeds_better" in one.value.columns)
    assert table["metric"].tolist()[-1] == "Δm"
    assert set(table["seeds_better"]) == {"2 / 2"}
    assert "Mean gain Δm of" in texts(test)


@pytest.fixture
def swept(home, store):
    """Three weights with two seeds; the middle one is the knee."""
    points = {0.5: (0.50, 1.0), 1.0: (0.58, 1.1), 1.5: (0.60, 2.0)}
    return [
        keep_run(
            store, home, {"click": auc + seed / 1000, "stars": rmse + seed / 1000}, seed=seed,
            weights={"click": weight, "stars": 2 - weight},
        )
        for weight, (auc, rmse) in points.items()
        for seed in (0, 1)
    ]  # fmt: skip


def test_the_trade_off_of_seeds_shows_means_and_the_knee(home, store, swept):
    test = page("tradeoff", ",".join(str(run.number) for run in swept))
    shown = texts(test)
    knee = swept[2]
    assert f"The knee is \\#{knee.number} (click 1 · stars 1)" in shown
    assert "one standard deviation over seeds" in shown
    test.toggle(key="frontseeds").set_value(False).run()
    assert "The knee" not in texts(test)


@pytest.fixture
def trained(home, store, monkeypatch):
    """The record of a run of two tasks of a dataset that is there; no supervisor starts."""
    monkeypatch.setattr("mtrec_core.jobs.supervisor_state.ensure_supervisor", lambda home: None)
    folder = home.root / "notes"
    folder.mkdir()
    lines = [f"note {number},{number % 2},{number % 5}" for number in range(60)]
    (folder / "notes.csv").write_text("\n".join(["text,good,stars", *lines]) + "\n")
    (folder / "dataset.toml").write_text(DECLARATION)
    spec = load_dataset_spec(folder)
    (plan,) = subset_plan(RunConfig(dataset=str(folder), name="notes"), [("good", "stars")], 1)
    run = start_run(plan.config, store, home)
    store.change_state(run.id, RunState.RUNNING)
    tasks = {
        name: {
            "kind": kind, "headline": metric, "test": {metric: 0.5}, "before": {},
            "validation": {metric: 0.5}, "baselines": {}, "split": "at random",
        }
        for name, kind, metric in (("good", "binary", "auc"), ("stars", "regression", "rmse"))
    }  # fmt: skip
    store.set_result(run.id, {"tasks": tasks}, best_step=1, rows_per_second=1.0)
    return store.change_state(run.id, RunState.COMPLETED), spec


def test_subsets_that_are_missing_are_queued_from_the_page(store, trained):
    run, spec = trained
    test = page("affinity", str(run.number))
    assert "6 runs with the settings of" in texts(test)
    test.number_input(key="subset_seeds").set_value(1).run()
    test.button(key="queue_affinity").click().run()
    assert [found.value for found in test.success] == ["2 runs wait in the queue."]
    queued = {one.task for one in store.list_runs(state=RunState.QUEUED)}
    assert queued == {"good", "stars"}
    study = look_up(
        subset_plan(RunConfig.from_json(run.config), subsets_to_train(("good", "stars"), None), 1),
        spec,
        store,
    )
    assert all(one.is_done or one.is_pending for one in study)


def test_a_sweep_of_weights_is_queued_from_the_page(store, trained):
    run, _spec = trained
    test = page("tradeoff", str(run.number))
    test.number_input(key="sweep_points").set_value(3)
    test.number_input(key="sweep_seeds").set_value(1).run()
    test.button(key="queue_sweep").click().run()
    assert [found.value for found in test.success] == ["2 runs wait in the queue."]
    weights = sorted(one.config["weights"]["good"] for one in store.list_runs(state=RunState.QUEUED))
    assert weights == [0.5, 1.5], "equal weights are there already"


def test_two_metrics_of_one_task_have_no_weights_to_sweep(store, trained):
    run, _spec = trained
    result = {**run.result}
    result["tasks"]["good"]["test"]["log_loss"] = 0.7
    store.set_result(run.id, result, best_step=1, rows_per_second=1.0)
    keys = [button.key for button in page("tradeoff", str(run.number)).button]
    assert "queue_sweep" in keys
    keys = [button.key for button in page("tradeoff", str(run.number), {"up": "good/log_loss"}).button]
    assert "queue_sweep" not in keys
