"""Home and System: empty, with runs, and the one click to a first model."""

from streamlit.testing.v1 import AppTest

from mtrec_core.errors import StorageError
from mtrec_core.home import Home
from mtrec_core.store.states import RunState
from mtrec_core.ui import home_page, start, supervision, system_facts
from tests.conftest import PROJECT
from tests.ui.recorded_runs import record_run


def page(name: str = "home.py") -> AppTest:
    test = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=120)
    if name != "home.py":
        test.switch_page(name)
    test.run()
    assert not test.exception
    return test


def texts(test: AppTest) -> str:
    parts = [*test.main.markdown, *test.main.caption, *test.main.subheader, *test.main.error]
    return "\n".join(str(part.value) for part in parts)


def test_an_empty_home_shows_three_steps_and_one_button(home):
    test = page()
    assert all(step in texts(test) for step in ("1 · Bring data", "2 · Weigh the tasks", "3 · Watch and try"))
    assert [button.key for button in test.main.button] == ["train_sample"]


def test_one_click_queues_a_quick_run_of_all_tasks_of_the_sample_shop(home, store, monkeypatch):
    asked = []
    monkeypatch.setattr(start, "ensure_supervisor", asked.append)
    test = page()
    test.button(key="train_sample").click().run()
    (run,) = store.list_runs()
    assert (run.state, run.dataset, run.config["tasks"]) == (RunState.QUEUED, "shop", [])
    assert run.config["training"]["epochs"] == 3
    assert asked == [home]


def test_home_shows_what_goes_on_and_the_last_results(home, store):
    record_run(store, home, steps=4, name="Done")
    record_run(store, home, steps=4, state=RunState.FAILED, name="Broken", reason="The disk is full.")
    record_run(store, home, steps=4, state=RunState.RUNNING, name="Going on")
    shown = texts(page())
    assert "Now" in shown
    assert "Last results" in shown
    assert "6 of 8 tasks are better than their best baseline on test." in shown
    assert "The disk is full." in shown


def test_home_shows_the_first_runs_of_a_long_queue_and_the_way_to_the_others(home, store, monkeypatch):
    monkeypatch.setattr(home_page, "MOST_CARDS", 2)
    for place in range(4):
        record_run(store, home, state=RunState.QUEUED, name=f"Queued {place}")
    test = page()
    links = {link.proto.label: link.proto for link in test.get("page_link")}
    assert [name for name in links if "Queued" in name] == ["**#1 Queued 0**", "**#2 Queued 1**"]
    others = links["2 more runs train or wait"]
    assert others.page == "Compare"
    assert "state=queued" in others.query_string


def test_a_queue_that_nobody_serves_shows_a_banner_whose_button_starts_a_supervisor(home, store, monkeypatch):
    record_run(store, home, state=RunState.QUEUED)
    asked = []
    monkeypatch.setattr(supervision, "ensure_supervisor", asked.append)
    test = page()
    assert any("1 run waits, but nothing starts it." in item.value for item in test.sidebar.caption)
    test.sidebar.button(key="start_supervisor").click().run()
    assert asked == [home]


def test_a_supervisor_that_does_not_come_up_is_a_sentence(home, monkeypatch):
    def fail(home: Home) -> None:
        raise StorageError("The supervisor does not come up.")

    monkeypatch.setattr(supervision, "ensure_supervisor", fail)
    test = page()
    test.sidebar.button(key="start_supervisor").click().run()
    assert [error.value for error in test.sidebar.error] == ["The supervisor does not come up."]


def test_system_shows_storage_and_versions(home):
    test = page("pages/6_System.py")
    labels = {metric.label for metric in test.main.metric}
    assert {"Free on the disk", "Runs", "Text vectors", "Database"} <= labels
    assert "streamlit" in test.main.dataframe[0].value["Library"].tolist()


def test_the_examination_shows_each_finding_with_its_way_out(home, monkeypatch):
    findings = [
        system_facts.Finding(name="disk", level="warn", text="1.0 GiB free", fix="Free some space."),
        system_facts.Finding(name="torch", level="ok", text="2.13.0", fix=""),
    ]
    monkeypatch.setattr(system_facts, "examine", lambda: findings)
    test = page("pages/6_System.py")
    test.button(key="doctor").click().run()
    shown = texts(test)
    assert "**disk** 1.0 GiB free" in shown
    assert "Free some space." in shown


def test_an_unusable_database_is_a_sentence_on_every_page(home, monkeypatch):
    monkeypatch.setenv("MTREC_DB", "mysql://nowhere/x")
    test = page()
    assert "known here: sqlite and postgresql" in test.error[0].value
