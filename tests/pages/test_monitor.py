"""The Monitor page in every state of a run, and what its buttons ask."""

import pytest
from streamlit.testing.v1 import AppTest

from mtrec_core.errors import UserError
from mtrec_core.jobs import requests
from mtrec_core.store.records import RunProgress
from mtrec_core.store.states import RunState
from mtrec_core.ui import loaders, monitor_controls
from tests.conftest import PROJECT
from tests.ui.recorded_runs import record_run, shop


def page(run: str = "", **link: str) -> AppTest:
    """The page as a link opens it."""
    test = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=120).switch_page("pages/3_Monitor.py")
    for name, value in {"run": run, **link}.items():
        if value:
            test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def keys(test: AppTest) -> set[str]:
    return {button.key for button in test.button}


def texts(test: AppTest) -> str:
    parts = [*test.markdown, *test.caption, *test.info, *test.warning, *test.error, *test.subheader]
    return "\n".join(str(part.value) for part in parts)


def test_without_runs_it_offers_the_sample(home):
    test = page()
    assert "Nothing to watch yet" in texts(test)
    assert "train_sample" in keys(test)


def test_a_run_that_trains_can_be_stopped_killed_and_weighed_anew(store, home):
    run = record_run(store, home, state=RunState.RUNNING, steps=120)
    test = page()
    assert test.title[0].value == "#1 Shop"
    assert {"stop", "kill", "apply"} <= keys(test)
    assert len([slider for slider in test.slider if slider.key.startswith("weight_")]) == len(shop().tasks)
    assert "Item recommendation" in texts(test) or test.slider
    test.button(key="stop").click().run()
    assert store.get_run(run.id).state is RunState.STOPPING
    assert [command.kind for command in store.pending_commands(run.id)] == ["stop"]


def test_sliders_ask_the_running_training_for_other_weights(store, home):
    run = record_run(store, home, state=RunState.RUNNING, steps=40)
    test = page()
    assert test.button(key="apply").disabled
    next(slider for slider in test.slider if "_ad_click_" in slider.key).set_value(2.5)
    test.run()
    test.button(key="apply").click().run()
    (command,) = store.pending_commands(run.id)
    assert command.kind == "weights"
    assert command.payload["weights"]["ad_click"] == 2.5
    assert command.payload["weights"]["purchase"] == 1.0


def test_after_the_last_step_weights_are_not_taken_any_more(store, home):
    run = record_run(store, home, state=RunState.RUNNING, steps=40)
    done = RunProgress(stage="baselines", text="Measuring the baselines", step=40, total_steps=40)
    store.beat(run.id, progress=done)
    test = page()
    assert "apply" not in keys(test)
    with pytest.raises(UserError, match="last step"):
        requests.set_weights(store, run.id, {"ad_click": 2.0})


def test_a_run_that_was_extended_is_shown_as_it_is_now(store, home, monkeypatch):
    record_run(store, home, steps=60)
    monkeypatch.setattr(monitor_controls.requests, "resume", lambda store, run_id, more_epochs: None)
    test = page()
    with monkeypatch.context() as frozen:  # what was read a moment ago would still be shown
        cleared: list[str] = []
        frozen.setattr(loaders.run, "clear", lambda: cleared.append("run"))
        frozen.setattr(loaders.runs, "clear", lambda: cleared.append("runs"))
        test.button(key="extend").click().run()
    assert cleared == ["run", "runs"]


def test_signs_of_markdown_in_a_name_are_shown(store, home):
    record_run(store, home, name="=cmd <b>*$x$")
    assert page().title[0].value == "#1 =cmd \\<b>\\*\\$x\\$"


def test_a_completed_run_shows_its_test_results_and_goes_on_only_by_extending(store, home):
    record_run(store, home, steps=60)
    test = page()
    table = test.dataframe[0].value
    assert table["Task"].tolist()[0] == "Item recommendation"
    # 0.86 against 0.7, and 0.86 - 0.03 * 7 = 0.65 against 0.7.
    assert table["Against baseline"].tolist()[0] == "▲ +0.1600"
    assert table["Against baseline"].tolist()[-1] == "▼ −0.0500"
    assert "extend" in keys(test)
    assert not {"stop", "resume", "cancel"} & keys(test)


def test_a_failed_run_says_why_and_can_be_resumed(store, home):
    record_run(store, home, state=RunState.FAILED, steps=30, reason="The disk is full; free some space.")
    test = page()
    assert "The disk is full; free some space." in [error.value for error in test.error]
    assert "resume" in keys(test)


def test_a_run_in_the_queue_can_be_taken_out(store, home):
    run = record_run(store, home, state=RunState.QUEUED)
    test = page()
    test.button(key="cancel").click().run()
    assert store.get_run(run.id).state is RunState.STOPPED


def test_a_run_that_starts_says_what_it_does(store, home):
    record_run(store, home, state=RunState.STARTING)
    assert "The curves begin with the first step of training." in texts(page())


def test_a_link_names_a_run_by_number_or_id_and_a_wrong_one_says_so(store, home):
    first = record_run(store, home, steps=4, name="First")
    record_run(store, home, steps=4, name="Second")
    assert page().title[0].value == "#2 Second"
    assert page("1").title[0].value == "#1 First"
    assert page(first.id).title[0].value == "#1 First"
    wrong = page("zzzz")
    assert "zzzz" in wrong.warning[0].value
    assert wrong.title[0].value == "#2 Second"


def test_the_link_holds_axis_and_interval_by_key(store, home):
    record_run(store, home, state=RunState.RUNNING, steps=30)
    test = page()
    test.segmented_control(key="x").set_value("epoch").run()
    test.segmented_control(key="every").set_value("5").run()
    assert test.query_params["x"] in ("epoch", ["epoch"])
    assert test.query_params["every"] in ("5", ["5"])
    assert test.segmented_control(key="every").options == ["1 s", "2 s", "5 s", "15 s"]
    again = page(x="epoch", every="5")
    assert again.segmented_control(key="x").value == "epoch"
    assert again.segmented_control(key="every").value == "5"
    old = page(x="Epoch", every="5 s")
    assert old.segmented_control(key="x").value == "step"
    assert old.segmented_control(key="every").value == "2"


def test_a_link_to_a_run_made_a_moment_ago_finds_it_by_its_number(store, home, old_list):
    record_run(store, home, steps=4, name="First")
    assert len(loaders.runs(home.database_url)) == 1
    record_run(store, home, steps=4, name="Second")
    test = page("2")
    assert [warning.value for warning in test.warning] == []
    assert test.title[0].value == "#2 Second"


def test_a_number_names_an_archived_run_too(store, home):
    run = record_run(store, home, steps=4, name="First")
    record_run(store, home, steps=4, name="Second")
    store.annotate(run.id, archived=True)
    assert page("#1").title[0].value == "#1 First"


def test_an_alert_shows_above_the_curves(store, home):
    run = record_run(store, home, state=RunState.RUNNING, steps=30)
    with store.writer(run.id) as writer:
        writer.add("loss", float("nan"), step=31, task="tags", split="train", epoch=0.3, seconds=8.0)
    assert any(
        "Tags of a product: the loss is not a number since step 31" in item.value for item in page().error
    )


def test_it_opens_with_200_runs(store, home):
    for number in range(200):
        state = (RunState.QUEUED, RunState.STARTING)[number % 2]
        record_run(store, home, state=state, name=f"Run {number}")
    test = page("200")
    assert test.title[0].value == "#200 Run 199"
    assert len(test.selectbox[0].options) == 200
