"""The Try page on a real run, with its model in a real process."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from mtrec_core.evaluation.fusion_file import load_fusion
from mtrec_core.home import Home
from mtrec_core.inference.service_process import ask_service, stop_service
from mtrec_core.recorded_run import start_run, train_run
from mtrec_core.store.store import Store
from mtrec_core.ui import loaders
from mtrec_core.ui.try_page import ASKS
from tests.conftest import PROJECT

pytestmark = pytest.mark.slow

PAGE = "pages/5_Try.py"
SECONDS = 600


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with one completed run of the tiny shop; its model's process is ended in the end."""
    root = tmp_path_factory.mktemp("home")
    found = Home(root=root, database_url=f"sqlite:///{root}/mtrec.db")
    yield found
    stop_service(found)


@pytest.fixture(scope="module")
def run(home, config):
    with Store.open(home.database_url) as store:
        started = start_run(config, store, home)
        train_run(started, store, home)
        return store.get_run(started.id)


@pytest.fixture
def opened(home, monkeypatch):
    """opened(run=..., ask=...) is the page as the link opens it."""
    monkeypatch.setenv("MTREC_HOME", str(home.root))
    monkeypatch.setenv("MTREC_DB", "")

    def open_with(**query: str) -> AppTest:
        app = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=SECONDS)
        for name, value in query.items():
            app.query_params[name] = value
        return app.switch_page(PAGE).run()

    return open_with


def shown(app: AppTest) -> str:
    """All HTML and text of the page."""
    assert [item.value for item in app.error] == []
    assert len(app.exception) == 0
    html = [item.proto.body for item in app.get("html")]
    return "\n".join([*html, *(item.value for item in (*app.markdown, *app.caption, *app.info))])


def listed(app: AppTest) -> int:
    return shown(app).count('class="try-place"')


def test_without_a_run_the_page_teaches(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.setenv("MTREC_DB", "")
    app = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=SECONDS).switch_page(PAGE).run()
    assert "No trained model to ask yet" in [item.value for item in app.subheader]
    assert any("mix the tasks, take a purchase away" in item.value for item in app.markdown)


def test_a_user_gets_five_items_a_profile_and_an_ad(opened, run):
    app = opened(run=run.id, user="u01")
    text = shown(app)
    assert listed(app) == 5
    assert "Profile" in text
    assert "chance of a click" in text
    assert "What moves" in text
    assert app.metric[0].label == "NDCG@10 of this mix on validation"


def test_a_slider_moves_the_metric_without_the_model(opened, run, home):
    app = opened(run=run.id, user="u01")
    lists = load_fusion(run.folder / "bundle")
    alone = lists.validation_metric({"purchase": 1})
    assert app.metric[0].value == f"{alone:.4f}"
    ask_service(home, {"ask": "stop"})
    app.slider(key="mix_liked").set_value(-0.5).run()
    mixed = lists.validation_metric({"purchase": 1, "liked": -0.5})
    assert app.metric[0].value == f"{mixed:.4f}"
    assert listed(app) == 5


def test_the_weights_of_a_mix_can_be_learned_on_validation(opened, run):
    app = opened(run=run.id, user="u01")
    learned = load_fusion(run.folder / "bundle").weights("learned")
    app.button(key="mix_learned_rule").click().run()
    most = max(map(abs, learned.values()))
    for task, weight in learned.items():
        assert app.slider(key=f"mix_{task}").value == pytest.approx(weight / most, abs=0.026)  # steps of 0.05


def test_the_ads_are_explained_like_the_list(opened, run):
    app = opened(run=run.id, user="u01")
    titles = app.segmented_control(key="explain_task").options
    assert len(titles) == 2
    before = shown(app)
    app.segmented_control(key="explain_task").set_value("ad_click").run()
    text = shown(app)
    assert "What moves" in text
    assert text != before
    ads = [pill for pill in app.pills if pill.label == "Explain"]
    # The tiny shop has more ads than the three that are looked at.
    assert len(ads[0].options) == 3


def test_a_search_on_behalf_of_somebody_is_explained(opened, run):
    app = opened(run=run.id, ask="search", query="red shoe")
    assert "Why, and what if" not in [item.value for item in app.subheader]
    app.selectbox(key="searcher").set_value("u01").run()
    assert "Why, and what if" in [item.value for item in app.subheader]
    text = shown(app)
    assert "What moves" in text
    assert "score" in text  # a ranking has no chance
    assert len(app.dataframe) == 1


def test_a_typed_history_gets_a_list_too(opened, run):
    app = opened(run=run.id, who="typed")
    assert listed(app) == 5
    assert len(app.multiselect(key="typed_history").value) == 3


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"ask": "search", "query": "red shoe"}, "Search: fit"),
        ({"ask": "related", "item": "i01"}, "Related: fit"),
        ({"ask": "answer", "question": "where is my parcel"}, "Template t"),
        ({"ask": "search"}, "Type some words"),
        ({"ask": "answer"}, "Type a question"),
        ({"ask": "rows"}, "Columns that it needs"),
    ],
)
def test_each_question_is_answered_where_its_link_is_opened(opened, run, query, expected):
    assert expected in shown(opened(run=run.id, **query))


def test_an_unknown_user_is_told(opened, run):
    app = opened(run=run.id, user="nobody")
    assert any("There is no user 'nobody'" in item.value for item in app.error)
    assert len(app.exception) == 0


def test_a_link_to_a_run_without_a_model_says_so(opened, run):
    app = opened(run="zzzzzz")
    assert any("no run zzzzzz with a model" in item.value for item in app.warning)
    assert app.selectbox(key="try_run").value == run.id


def test_a_link_may_name_a_run_by_its_number(opened, run):
    app = opened(run=str(run.number))
    assert not app.warning
    assert app.selectbox(key="try_run").value == run.id


@pytest.fixture(scope="module")
def profiles_only(home, config):
    """A run that can't recommend, search, relate or answer."""
    with Store.open(home.database_url) as store:
        started = start_run(dataclasses.replace(config, tasks=("gold", "segment")), store, home)
        train_run(started, store, home)
        loaders.runs.clear()  # the list of a moment ago lacks this one
        return store.get_run(started.id)


def test_lists_beside_each_other_are_counted_where_both_runs_have_one(
    home, run, profiles_only, config, opened
):
    with Store.open(home.database_url) as store:
        same = start_run(dataclasses.replace(config, seed=1), store, home)
        train_run(same, store, home)
    loaders.runs.clear()
    assert "items in common" in shown(opened(**{"run": run.id, "with": same.id, "user": "u01"}))
    beside = shown(opened(**{"run": run.id, "with": profiles_only.id, "user": "u01"}))
    assert "No task of this run recommends items" in beside
    assert "in common" not in beside


@pytest.mark.parametrize("ask", [*ASKS])
@pytest.mark.parametrize("turned", [False, True])
def test_each_question_stands_a_run_beside_that_cannot_answer_it(opened, run, profiles_only, ask, turned):
    first, second = (profiles_only, run) if turned else (run, profiles_only)
    asked = {"user": "u01", "query": "red shoe", "item": "i01", "question": "where is my parcel"}
    app = opened(**{"run": first.id, "with": second.id, "ask": ask, **asked})
    assert shown(app)
    assert app.selectbox(key="try_run").value == first.id


def test_a_broken_model_is_a_sentence(home, run, config, opened):
    with Store.open(home.database_url) as store:
        broken = start_run(config, store, home)
    shutil.copytree(run.folder / "bundle", broken.folder / "bundle")
    (broken.folder / "bundle" / "model.safetensors").write_bytes(b"nothing")
    loaders.runs.clear()  # the list of a moment ago lacks this one
    app = opened(run=broken.id)
    assert any("damaged: model.safetensors" in item.value for item in app.error)
    assert len(app.exception) == 0
    shutil.rmtree(broken.folder / "bundle")


OPEN = """
import json, sys
from streamlit.testing.v1 import AppTest

app = AppTest.from_file("home.py", default_timeout=240)
app.query_params["run"] = sys.argv[1]
app.switch_page("pages/5_Try.py").run()
print(json.dumps({
    "errors": [item.value for item in app.error],
    "lists": sum("try-place" in item.proto.body for item in app.get("html")),
    "torch": sorted({"torch", "transformers", "safetensors.torch"} & {*sys.modules}),
}))
"""


def test_no_torch_is_in_the_process_of_the_page_while_it_shows_answers(home, run):
    done = subprocess.run(
        [sys.executable, "-c", OPEN, run.id],
        cwd=PROJECT,
        env={**os.environ, "MTREC_HOME": str(home.root), "MTREC_DB": "", "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"errors": [], "lists": 1, "torch": []}
