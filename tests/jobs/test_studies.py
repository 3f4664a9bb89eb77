"""Studies: which runs they need, and that none is trained twice."""

import dataclasses
from math import comb

import pytest

from mtrec_core.config import RunConfig, with_settings
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import SettingError
from mtrec_core.jobs.studies import (
    experiment_of,
    look_up,
    queue_study,
    subset_plan,
    subsets_to_train,
)
from mtrec_core.recorded_run import start_run
from mtrec_core.store.states import RunRole, RunState

TASKS = ("good", "stars", "long")
DECLARATION = """
name = "notes"
[entity.note]
text = "{text}"
""" + "".join(
    f"""
[task.{name}]
kind = "binary"
table = "notes.csv"
inputs = ["note"]
label = "{name}"
"""
    for name in TASKS
)


@pytest.fixture
def spec(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "notes.csv").write_text("text,good,stars,long\na,1,0,1\nb,0,1,1\n")
    (folder / "dataset.toml").write_text(DECLARATION)
    return load_dataset_spec(folder)


@pytest.fixture
def config(spec):
    return RunConfig(dataset=str(spec.folder), name="notes")


def test_all_subsets_of_three_tasks_are_seven_and_each_stands_once():
    assert subsets_to_train(("a", "b", "c"), None) == [
        ("a",), ("b",), ("c",), ("a", "b"), ("a", "c"), ("b", "c"), ("a", "b", "c"),
    ]  # fmt: skip


def test_without_shapley_values_there_are_single_tasks_pairs_and_all_together():
    found = subsets_to_train(tuple("abcdef"), 0)
    assert len(found) == 6 + comb(6, 2) + 1
    assert found[-1] == tuple("abcdef")


def test_sampled_orders_need_fewer_runs_than_all_subsets_and_more_orders_begin_with_them():
    few, more = (set(subsets_to_train(tuple("abcdefgh"), orders)) for orders in (2, 4))
    assert few < more
    assert len(more) < 2**8 - 1


def test_too_many_orders_are_refused():
    with pytest.raises(SettingError, match="0 to 200"):
        subsets_to_train(("a", "b"), 201)


def test_a_seed_is_whole_before_the_next_begins_and_a_task_alone_is_a_single_task_run(config):
    config = dataclasses.replace(config, tasks=("good", "stars"))
    plans = subset_plan(config, [("good",), ("good", "stars")], 2)
    assert [(plan.config.seed, plan.config.tasks, plan.task) for plan in plans] == [
        (0, ("good",), "good"), (0, ("good", "stars"), None),
        (1, ("good",), "good"), (1, ("good", "stars"), None),
    ]  # fmt: skip


def test_all_tasks_of_a_dataset_are_the_same_run_as_an_ordinary_training(config):
    plans = subset_plan(config, subsets_to_train(TASKS, 0), 1)
    assert [plan.config.tasks for plan in plans][-1] == ()


def test_a_best_step_picked_by_another_tasks_metric_is_picked_by_the_mean_gain(config):
    monitored = with_settings(config, {"training.monitor": "good/auc"})
    plans = subset_plan(monitored, subsets_to_train(TASKS, 0), 1)
    found = {plan.config.tasks: plan.config.training.monitor for plan in plans}
    assert found[("good",)] == found[("good", "long")] == found[()] == "good/auc"
    assert found[("stars",)] == found[("stars", "long")] == "mean_gain"


def completed(config, store, home, task=None):
    run = start_run(config, store, home, task=task)
    store.change_state(run.id, RunState.RUNNING)
    return store.change_state(run.id, RunState.COMPLETED)


def test_a_run_that_is_there_for_another_reason_is_part_of_the_study(config, spec, store, home):
    single = completed(dataclasses.replace(config, tasks=("good",), name="alone"), store, home, task="good")
    together = completed(dataclasses.replace(config, weights=dict.fromkeys(TASKS, 1.0)), store, home)
    with_baselines = with_settings(config, {"evaluation.baselines": False})
    study = look_up(subset_plan(with_baselines, subsets_to_train(TASKS, 0), 1), spec, store)
    found = {one.plan.config.tasks: one.run.id for one in study if one.is_done}
    assert found == {("good",): single.id, (): together.id}


@pytest.mark.parametrize("change", ["seed", "weights", "setting", "weights_now"])
def test_a_run_that_came_to_its_result_otherwise_is_not(config, spec, store, home, change):
    other = {
        "seed": dataclasses.replace(config, seed=5),
        "weights": dataclasses.replace(config, weights={"good": 2.0}),
        "setting": with_settings(config, {"training.epochs": 9}),
        "weights_now": config,
    }[change]
    run = start_run(other, store, home)
    store.change_state(run.id, RunState.RUNNING)
    if change == "weights_now":
        store.change_weights(run.id, step=2, before={"good": 1.0}, after={"good": 3.0})
    store.change_state(run.id, RunState.COMPLETED)
    study = look_up(subset_plan(config, [TASKS], 1), spec, store)
    assert study[0].run is None


def test_what_is_missing_is_queued_in_one_experiment_and_asking_again_queues_nothing(
    config, spec, store, home
):
    completed(dataclasses.replace(config, tasks=("good",)), store, home, task="good")
    plans = subset_plan(config, subsets_to_train(TASKS, None), 1)
    study = look_up(plans, spec, store)
    experiment = experiment_of(study, store, "affinity", "affinity")
    queued = queue_study(study, store, home, experiment)
    assert len(queued) == 7 - 1
    assert {run.state for run in queued} == {RunState.QUEUED}
    assert [run.task for run in queued if run.role is RunRole.SINGLE_TASK] == ["stars", "long"]
    again = look_up(plans, spec, store)
    assert all(one.is_done or one.is_pending for one in again)
    assert queue_study(again, store, home, experiment) == []
    assert experiment_of(again, store, "affinity", "affinity") == experiment


def test_a_stopped_run_goes_on_and_a_completed_one_is_preferred(config, spec, store, home):
    plans = subset_plan(config, [TASKS], 1)
    stopped = start_run(plans[0].config, store, home)
    store.change_state(stopped.id, RunState.STOPPED)
    study = look_up(plans, spec, store)
    assert (study[0].run.id, study[0].is_done, study[0].is_pending) == (stopped.id, False, False)
    (queued,) = queue_study(study, store, home, experiment_of(study, store, "a", "affinity"))
    assert (queued.id, queued.state) == (stopped.id, RunState.QUEUED)
    done = completed(plans[0].config, store, home)
    assert look_up(plans, spec, store)[0].run.id == done.id
