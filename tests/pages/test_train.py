"""The Train page in each of its states: no data, the formula, wrong settings, links, clones, the queue."""

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mtrec_core.config import RunConfig, with_settings
from mtrec_core.data.samples import use_sample
from mtrec_core.home import Home
from mtrec_core.jobs.plan import TrainRequest
from mtrec_core.jobs.preflight import measurement_key
from mtrec_core.jobs.requests import submit
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store
from mtrec_core.ui import train_need, train_page
from tests.conftest import PROJECT

PATIENCE = 120.0


@pytest.fixture
def home(tmp_path, monkeypatch) -> Home:
    """An empty home; nothing is started in the background."""
    monkeypatch.setenv("MTREC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MTREC_DB", raising=False)
    monkeypatch.setattr(train_page, "ensure_supervisor", lambda home: None)
    monkeypatch.setattr(train_need, "data_state", lambda spec, home: [])
    return Home.from_environment()


@pytest.fixture
def sample(home) -> str:
    return str(use_sample("enrolments", home.datasets).folder)


def opened(**query: str) -> AppTest:
    """The page as a link opens it."""
    app = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=PATIENCE)
    for name, value in query.items():
        app.query_params[name] = value
    return sound(app.switch_page("pages/2_Train.py").run())


def sound(app: AppTest) -> AppTest:
    assert [item.message for item in app.exception] == []
    return app


def formula(app: AppTest) -> str:
    """What the drawn formula says to those who can't see it."""
    for item in app.get("html"):
        found = re.search(r'mt-formula" role="img" aria-label="([^"]+)"', item.proto.body)
        if found:
            return found[1]
    raise AssertionError("no formula is drawn")


def link(app: AppTest, name: str) -> str:
    value = app.query_params.get(name, "")
    return value[0] if isinstance(value, list) else value


def number(app: AppTest, label: str):
    return next(item for item in app.number_input if item.label == label)


def slider(app: AppTest, task: str):
    return next(item for item in app.slider if item.label.endswith(f"· {task}"))


def queued(home: Home):
    with Store.open(home.database_url) as store:
        return store.list_runs()


def test_without_data_the_page_leads_to_it(home):
    app = opened()
    assert "Nothing to train yet" in [item.value for item in app.subheader]
    app.button(key="sample").click()
    sound(app.run())
    assert formula(app).startswith("L = 1 L_purchase + 1 L_high_value")


def test_the_formula_changes_as_a_slider_moves_and_the_number_follows(sample):
    app = opened(dataset="enrolments")
    assert formula(app) == "L = 1 L_enrol + 1 L_grade + 1 L_outcome"
    slider(app, "grade").set_value(2.5)
    sound(app.run())
    assert formula(app) == "L = 1 L_enrol + 2.5 L_grade + 1 L_outcome"
    assert number(app, "Weight of grade").value == 2.5
    assert link(app, "weights") == "grade=2.5"


def test_a_typed_number_beyond_the_slider_counts_and_0_leaves_the_task_out(sample):
    app = opened(dataset="enrolments")
    number(app, "Weight of enrol").set_value(12.0)
    sound(app.run())
    number(app, "Weight of outcome").set_value(0.0)
    sound(app.run())
    assert formula(app) == "L = 12 L_enrol + 1 L_grade"
    assert slider(app, "enrol").value == 3.0


def test_normalise_keeps_ratios_and_locked_weights(sample):
    app = opened(dataset="enrolments", weights="enrol=2")
    next(item for item in app.toggle if item.label == "Lock enrol").set_value(True)
    sound(app.run())
    next(item for item in app.button if item.label == "Normalise").click()
    sound(app.run())
    assert formula(app) == "L = 2 L_enrol + 0.5 L_grade + 0.5 L_outcome"
    next(item for item in app.button if item.label == "Equal").click()
    sound(app.run())
    assert formula(app) == "L = 2 L_enrol + 1 L_grade + 1 L_outcome"


def test_under_equal_weighting_the_sliders_rest(sample):
    app = opened(dataset="enrolments", weights="enrol=2", set="objective.weighting=equal")
    assert formula(app) == "L = 1 L_enrol + 1 L_grade + 1 L_outcome"
    assert slider(app, "enrol").disabled


def test_what_was_measured_is_shown_and_feeds_the_presets(sample, home):
    config = with_settings(RunConfig(dataset=sample), {})
    found = {
        "device": "CPU, 2 threads, fp32",
        "on_gpu": False,
        "parameters": 1234,
        "rows": {"enrol": 300, "grade": 100, "outcome": 200},
        "initial_losses": {"enrol": 4.0, "grade": 1.0, "outcome": 1.0},
        "steps_per_epoch": 10,
        "seconds_per_step": 0.5,
        "steps_measured": 8,
        "seconds_reading": 1.0,
        "seconds_validation": 0.5,
        "seconds_test": 0.5,
        "distinct_texts": 100,
        "missing_texts": 40,
        "seconds_per_text": 0.01,
        "memory_bytes": 1 << 30,
        "gpu_bytes": 0,
        "gpu_free": 0,
        "problem": "",
    }
    settings = opened(dataset="enrolments").session_state["train:config"]
    folder = home.root / "answers"
    folder.mkdir(exist_ok=True)
    (folder / f"{measurement_key(settings)}.json").write_text(json.dumps(found))
    assert config.dataset == settings.dataset
    app = opened(dataset="enrolments")
    shown = {item.label: item.value for item in app.metric}
    assert shown["Texts to read"] == "40"
    assert shown["Memory"] == "1.0 GiB"
    next(item for item in app.button if item.label == "By inverse first loss").click()
    sound(app.run())
    # 1/4 : 1 : 1 with mean 1.
    assert formula(app) == "L = 0.333 L_enrol + 1.33 L_grade + 1.33 L_outcome"
    next(item for item in app.button if item.label == "By data size").click()
    sound(app.run())
    assert formula(app) == "L = 1.5 L_enrol + 0.5 L_grade + 1 L_outcome"


def test_a_wrong_setting_is_told_beside_its_field_and_keeps_the_run_from_starting(sample):
    app = opened(dataset="enrolments")
    number(app, "Epochs (passes)").set_value(-1.0)
    sound(app.run())
    assert any("training.epochs must be above 0" in item.value for item in app.error)
    assert app.button(key="train:submit").disabled
    number(app, "Epochs (passes)").set_value(2.0)
    sound(app.run())
    assert not app.error
    assert not app.button(key="train:submit").disabled
    assert "training.epochs=2" in link(app, "set")


def test_a_link_opens_the_form_as_it_stood(sample):
    app = opened(
        dataset="enrolments", weights="grade=0.5", set="training.epochs=3,model.sharing=mmoe", seeds="2"
    )
    assert formula(app) == "L = 1 L_enrol + 0.5 L_grade + 1 L_outcome"
    assert number(app, "Epochs (passes)").value == 3.0
    assert number(app, "Seeds").value == 2
    command = next(item.value for item in app.code if item.language == "bash")
    for part in ("training.epochs=3", "model.sharing=mmoe", "--seeds 2", "grade=0.5"):
        assert part in command


def test_a_preset_fills_the_form(sample):
    app = opened(dataset="enrolments")
    next(item for item in app.button if item.label == "Quick look").click()
    sound(app.run())
    assert number(app, "Epochs (passes)").value == 3.0
    assert number(app, "Width").value == 64


def test_submit_puts_the_runs_into_the_queue(sample, home):
    app = opened(dataset="enrolments", weights="grade=0.5", seeds="2", single="1")
    # Two seeds, each with the joint model and three alone.
    assert app.button(key="train:submit").label == "Train 8 runs"
    app.button(key="train:submit").click()
    sound(app.run())
    runs = queued(home)
    assert [run.state for run in runs] == [RunState.QUEUED] * 8
    joint = [run for run in runs if run.task is None]
    assert {run.seed for run in joint} == {0, 1}
    assert joint[0].config["weights"] == {"enrol": 1.0, "grade": 0.5, "outcome": 1.0}
    assert any("8 runs are in the queue" in item.value for item in app.markdown)


def test_the_queue_can_be_reordered_and_a_run_cancelled(sample, home):
    with Store.open(home.database_url) as store:
        first, second = (
            submit(TrainRequest(config=RunConfig(dataset=sample, name=name)), store, home)[0]
            for name in ("first", "second")
        )
    app = opened(dataset="enrolments")
    app.button(key=f"queue:first:{second.id}").click()
    sound(app.run())
    waiting = sorted(queued(home), key=lambda run: run.queue_place)
    assert [run.name for run in waiting] == ["second", "first"]
    app.button(key=f"queue:cancel:{first.id}").click()
    sound(app.run())
    with Store.open(home.database_url) as store:
        assert store.get_run(first.id).state is RunState.STOPPED
        assert store.get_run(second.id).state is RunState.QUEUED


def test_a_run_is_cloned_by_its_link(sample, home):
    with Store.open(home.database_url) as store:
        config = with_settings(
            RunConfig(dataset=sample, name="mine", weights={"enrol": 3.0}), {"training.epochs": 9}
        )
        run = submit(TrainRequest(config=config), store, home)[0]
    app = opened(dataset="enrolments", clone=run.id)
    assert formula(app) == "L = 3 L_enrol + 1 L_grade + 1 L_outcome"
    assert number(app, "Epochs (passes)").value == 9.0


def test_what_would_not_fit_asks_the_reader_to_insist(sample, monkeypatch):
    monkeypatch.setattr(train_need, "data_state", lambda spec, home: ["The memory is small."])
    app = opened(dataset="enrolments")
    assert any("The memory is small." in item.value for item in app.warning)
    assert app.button(key="train:submit").disabled
    app.checkbox(key="train:insist").set_value(True)
    sound(app.run())
    assert not app.button(key="train:submit").disabled


def test_without_any_weight_nothing_can_be_trained(sample):
    app = opened(dataset="enrolments", weights="enrol=0,grade=0,outcome=0")
    assert "at least one task" in app.error[0].value
    assert [item for item in app.button if item.key == "train:submit"] == []


def test_a_link_to_a_dataset_that_is_gone_offers_those_that_are_there(sample):
    app = opened(dataset="gone")
    assert "gone" in app.warning[0].value
    assert Path(sample).name == app.selectbox[0].value


def test_a_method_is_chosen_with_its_options_and_goes_into_link_and_run(sample):
    app = opened(dataset="enrolments")
    method = next(item for item in app.selectbox if item.label.startswith("How the losses"))
    method.set_value("aggregation:cagrad")
    sound(app.run())
    assert any("Liu et al., NeurIPS 2021" in caption.value for caption in app.caption)
    next(item for item in app.number_input if item.label == "C").set_value(0.25)
    sound(app.run())
    objective = app.session_state["train:config"].objective
    assert (objective.weighting, objective.aggregation) == ("fixed", "cagrad")
    assert objective.aggregation_options == "c=0.25"
    again = opened(
        dataset="enrolments", set="objective.aggregation=cagrad,objective.aggregation_options=c=0.25"
    )
    assert next(item for item in again.number_input if item.label == "C").value == 0.25


def test_an_option_outside_its_range_is_told_in_place(sample):
    app = opened(dataset="enrolments", set="objective.weighting=dwa")
    next(item for item in app.number_input if item.label == "Temperature").set_value(0.0)
    app.run()
    assert not app.exception
    assert any("allowed: above 0" in error.value for error in app.error)


def test_start_over_forgets_what_the_link_said(sample):
    app = opened(dataset="enrolments", seeds="5", single="1", seed="7", set="training.epochs=7")
    assert [item.value for item in app.number_input if item.label == "Seeds"] == [5]
    over = next(button for button in app.button if button.label == "Start over")
    app = sound(over.click().run())
    assert [item.value for item in app.number_input if item.label in ("Seeds", "First seed")] == [1, 0]
    assert not [item for item in app.toggle if item.label.startswith("Also train") and item.value]
    assert "seeds" not in app.query_params


def test_an_imported_seed_stands_in_the_form_and_in_the_link(sample):
    app = opened(dataset="enrolments", seed="7")
    assert next(item for item in app.number_input if item.label == "First seed").value == 7
    assert link(app, "seed") == "7"


def test_another_link_in_the_same_session_opens_its_form(sample):
    """As Back and Forward do."""
    app = opened(dataset="enrolments", set="training.epochs=3")
    epochs = next(item for item in app.number_input if item.label.startswith("Epochs"))
    sound(epochs.set_value(9.0).run())
    assert link(app, "set") == "training.epochs=9"
    app.query_params["set"] = "training.epochs=3"
    sound(app.run())
    assert next(item for item in app.number_input if item.label.startswith("Epochs")).value == 3.0
    assert link(app, "set") == "training.epochs=3"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"weights": "enrol=1e9"}, "lowered to 1000"),
        ({"set": "model.width=999999999999999999999"}, "at most 15 digits"),
        ({"seeds": "9" * 5000}, ""),
        ({"seed": "-3"}, "it must be a whole number, 0 or more"),
        ({"clone": "zzz"}, "no run"),
    ],
)
def test_a_link_with_nonsense_opens_the_form_and_is_told(sample, query, told):
    app = opened(dataset="enrolments", **query)
    assert [item.value for item in app.error] == []
    assert formula(app)
    assert told in "\n".join(item.value for item in app.warning)


def test_an_emptied_weight_stays_what_it_was(sample):
    app = opened(dataset="enrolments", weights="enrol=2.5")
    number = next(item for item in app.number_input if item.label == "Weight of enrol")
    app = sound(number.set_value(None).run())
    assert "2.5 L_enrol" in formula(app)
