"""How configurations and data of runs differ."""

from mtrec_core.comparing.settings import (
    data_warning,
    differing_settings,
    settings_apart_from_tasks,
    split_warning,
)
from mtrec_core.config import RunConfig, with_setting, with_settings

BASE = RunConfig(dataset="shop", name="one", weights={"click": 2.0})


def test_only_settings_that_differ_are_shown(make_run):
    other = with_setting(BASE, "training.epochs", 7)
    found = differing_settings([make_run(1, config=BASE), make_run(2, config=other)])
    assert found == {"training.epochs": {"run1": BASE.training.epochs, "run2": 7.0}}


def test_the_name_of_a_run_is_no_setting(make_run):
    named = RunConfig(dataset="shop", name="two", weights={"click": 2.0})
    assert differing_settings([make_run(1, config=BASE), make_run(2, config=named)]) == {}


def test_a_weight_that_is_not_given_is_1(make_run):
    bare = RunConfig(dataset="shop")
    found = differing_settings([make_run(1, config=BASE), make_run(2, config=bare)])
    assert found == {"weights.click": {"run1": 2.0, "run2": 1.0}}


def test_weights_that_were_changed_while_it_ran_count(make_run):
    found = differing_settings(
        [make_run(1, config=BASE), make_run(2, config=BASE, weights_now={"click": 5.0})]
    )
    assert found == {"weights.click": {"run1": 2.0, "run2": 5.0}}


def test_runs_on_the_same_data_need_no_warning(make_run):
    assert data_warning([make_run(1), make_run(2)]) == ""


def test_a_warning_names_the_runs_on_each_state_of_the_data(make_run):
    found = data_warning([make_run(1), make_run(2, data="bbbb"), make_run(3)])
    assert found.startswith("The data changed between these runs")
    assert "shop (aaaa): #1, #3; shop (bbbb): #2" in found


def test_another_split_of_the_same_data_is_told(make_run):
    other = with_setting(BASE, "data.split_seed", 4)
    assert split_warning([make_run(1, config=BASE), make_run(2, config=BASE)]) == ""
    found = split_warning([make_run(1, config=BASE), make_run(2, config=other)])
    assert "#1 one; #2 one" in found


def test_a_setting_that_an_older_run_does_not_know_is_at_its_default(make_run):
    run = make_run(1, config=RunConfig(dataset="shop"))
    older = make_run(2, config=RunConfig(dataset="shop"))
    del older.config["training"]["accumulation"]
    wider = make_run(3, config=with_settings(RunConfig(dataset="shop"), {"training.accumulation": 2}))
    assert settings_apart_from_tasks(run) == settings_apart_from_tasks(older)
    assert settings_apart_from_tasks(run) != settings_apart_from_tasks(wider)
