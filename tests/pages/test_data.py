"""The Data page in each of its states: nothing yet, a sample, uploads, roles, checks, numbers."""

import io
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from mtrec_core.data.drafts import discard, leave_in_place, new_draft
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.data.upload import spool
from tests.conftest import PROJECT

EVENTS = "uid,sku,event,ts\n" + "".join(
    f"u{n % 25},i{(n * 7) % 40},{('view', 'cart', 'purchase')[n % 3]},{1_700_000_000 + n * 60}\n"
    for n in range(300)
)
REVIEWS = "text,label,shop\n" + "".join(
    f"a fine thing number {n} of many,{('good', 'bad')[n % 2]},{'' if n == 3 else n % 4}\n"
    for n in range(120)
)
PATIENCE = 120.0


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """An empty home, found by the page; its datasets folder."""
    monkeypatch.setenv("MTREC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MTREC_DB", raising=False)
    monkeypatch.delenv("MTREC_DATA_ROOT", raising=False)
    return tmp_path / "home" / "datasets"


def opened(**query: str) -> AppTest:
    """The page as a link opens it."""
    app = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=PATIENCE)
    for name, value in query.items():
        app.query_params[name] = value
    return sound(app.switch_page("pages/1_Data.py").run())


def sound(app: AppTest) -> AppTest:
    assert [item.message for item in app.exception] == []
    return app


def until(app: AppTest, there: Callable[[AppTest], object]) -> AppTest:
    """Runs the page anew, as its timer does in a browser, until something is there."""
    end = time.monotonic() + PATIENCE
    while not there(app):
        assert time.monotonic() < end, words(app)
        time.sleep(0.2)
        sound(app.run())
    return app


def words(app: AppTest) -> str:
    """All that the page says in Markdown."""
    parts: list[Element] = [*app.markdown, *app.caption, *app.error, *app.warning, *app.success, *app.info]
    return "\n".join(str(item.value) for item in parts)


def role(app: AppTest, column: str):
    return next(item for item in app.selectbox if item.label == f"Role of {column}")


def draft_of(home: Path, name: str, text: str) -> str:
    """The key of a draft with one uploaded table."""
    draft = new_draft(home)
    spool(io.BytesIO(text.encode()), name, draft)
    return draft.name


def test_without_data_the_page_shows_three_ways_to_begin(home):
    app = opened()
    assert [item.value for item in app.subheader] == [
        "Try a sample",
        "Upload your tables",
        "Use a path on the server",
    ]
    assert "Three ways to begin" in words(app)


def test_a_sample_is_there_in_one_click_with_its_roles(home):
    app = opened()
    app.button(key="sample:enrolments").click()
    sound(app.run())
    assert app.query_params["dataset"] in ("enrolments", ["enrolments"])
    until(app, lambda page: page.expander)
    assert role(app, "student_id").value == "key"
    assert role(app, "age").value == "number"
    assert load_dataset_spec(home / "enrolments").name == "enrolments"


def test_an_upload_is_guessed_and_kept_under_its_name(home):
    app = opened(draft=draft_of(home, "events.csv", EVENTS))
    until(app, lambda page: page.expander)
    assert role(app, "uid").value == "key"
    name = next(item for item in app.text_input if item.label == "Name of the dataset")
    assert name.value == "events"
    app.button(key="keep").click()
    sound(app.run())
    spec = load_dataset_spec(home / "events")
    # The event column gave a task per kind of event.
    assert list(spec.tasks) == ["view", "cart", "purchase"]
    assert (home / "events" / "events.csv").is_file()
    assert app.query_params["dataset"] in ("events", ["events"])


def test_a_broken_upload_is_told_in_a_sentence_and_can_be_discarded(home):
    key = draft_of(home, "broken.csv", "a,b\n1,2\n1,2,3,4\n" * 3)
    app = opened(draft=key)
    until(app, lambda page: page.error)
    assert "broken.csv" in app.error[0].value
    assert "Traceback" not in words(app)
    app.button(key="discard").click()
    sound(app.run())
    assert not (home / ".drafts" / key).exists()
    assert app.subheader[0].value == "Try a sample"


def test_where_nothing_can_be_guessed_the_reader_says_what_to_predict(home):
    table = "code,colour\n" + "".join(f"{n:05d}x,{('red', 'blue', 'green')[n % 3]}\n" for n in range(90))
    key = draft_of(home, "codes.csv", table)
    app = opened(draft=key)
    until(app, lambda page: page.error or page.expander)
    if app.expander:
        return  # it was guessed after all, which is as good
    next(item for item in app.selectbox if item.label == "What to predict").select("colour")
    sound(app.run())
    app.button(key="add:go").click()
    sound(app.run())
    spec = load_dataset_spec(home / ".drafts" / key)
    assert spec.tasks["colour"].label == "colour"


def test_an_upload_in_another_script_becomes_a_draft_that_can_be_kept(home):
    head = "Kunde Nr. (ä),商品,нажал,Ünïtext\n"
    rows = "".join(f"ü{n * 7 % 20},品{n % 60},{n % 2},текст 说明 {n % 50}\n" for n in range(300))
    app = opened(draft=draft_of(home, "данные ünï.csv", head + rows))
    until(app, lambda page: page.expander or page.error)
    assert not app.error
    assert labelled(app.text_input, "Name of the dataset").value == "dataset"
    app.button(key="keep").click()
    sound(app.run())
    assert "商品" in load_dataset_spec(home / "dataset").entities


def test_a_draft_whose_declaration_can_not_be_read_can_be_discarded(home):
    key = draft_of(home, "events.csv", EVENTS)
    app = until(opened(draft=key), lambda page: page.expander)
    (home / ".drafts" / key / "dataset.toml").write_text("[entity.商品]\n", encoding="utf-8")
    app = until(opened(draft=key), lambda page: page.error)
    assert "is not valid TOML" in app.error[0].value
    assert "Say it yourself" in [item.value for item in app.subheader]
    app.button(key="discard").click()
    sound(app.run())
    assert not (home / ".drafts" / key).exists()


def test_from_a_dataset_whose_declaration_can_not_be_read_a_way_leads_back(home):
    (home / "broken").mkdir(parents=True)
    (home / "broken" / "dataset.toml").write_text("[entity.", encoding="utf-8")
    app = opened(dataset="broken")
    assert "is not valid TOML" in app.error[0].value
    app.button(key="back").click()
    assert sound(app.run()).subheader[0].value == "Try a sample"


@pytest.mark.parametrize(("name", "says"), [("../x", "can't be"), ("", "can't be"), ("taken", "already")])
def test_a_name_that_will_not_do_is_told_and_the_draft_stays_on_the_page(home, name, says):
    (home / "taken").mkdir(parents=True)
    app = opened(draft=draft_of(home, "events.csv", EVENTS))
    until(app, lambda page: page.expander)
    labelled(app.text_input, "Name of the dataset").input(name)
    app.button(key="keep").click()
    sound(app.run())
    assert says in app.error[0].value
    assert role(app, "uid").value == "key"
    labelled(app.text_input, "Name of the dataset").input("events")
    app.button(key="keep").click()
    sound(app.run())
    assert (home / "events" / "events.csv").is_file()


def test_drafts_of_before_are_listed_newest_first_until_they_are_opened_or_discarded(home):
    made = [draft_of(home, f"events_{n}.csv", EVENTS) for n in range(7)]
    for age, key in enumerate(reversed(made)):
        os.utime(home / ".drafts" / key, (time.time() - 3600 * age,) * 2)
    discard(new_draft(home))
    new_draft(home)  # empty: nothing to go back to
    app = opened()
    assert "Not kept yet" in [item.value for item in app.subheader]
    keys = [item.key.removeprefix("draft:") for item in app.button if str(item.key).startswith("draft:")]
    assert keys == made[:1:-1]  # the five newest
    assert "events\\_6\\.csv" in words(app)
    assert "Last changed 20" in words(app)
    app.button(key=f"discard:{made[6]}").click()
    sound(app.run())
    assert not (home / ".drafts" / made[6]).exists()
    assert "events\\_6\\.csv" not in words(app)
    app.button(key=f"draft:{made[5]}").click()
    sound(app.run())
    assert app.query_params["draft"] in (made[5], [made[5]])


def test_where_a_label_was_refused_the_page_says_why_and_a_task_is_added_by_hand(home):
    table = (
        "user_id,item_id,price,clicked\nu1,i1,12.5,yes\nu2,i2,free,no\nu3,i3,,1\nu4,i4,4,TRUE\nu5,i5,1,0\n"
    )
    key = draft_of(home, "mixed.csv", table)
    app = until(opened(draft=key), lambda page: page.error)
    assert "'clicked' in mixed.csv is named like a label, but it has 5 different values" in app.error[0].value
    assert "Add a task here" in words(app)
    labelled(app.selectbox, "What to predict").select("clicked")
    sound(app.run())
    app.button(key="add:go").click()
    sound(app.run())
    assert load_dataset_spec(home / ".drafts" / key).tasks["clicked"].label == "clicked"


def test_a_task_by_hand_of_which_nothing_can_be_read_is_told_and_can_be_tried_again(home):
    key = draft_of(home, "one.csv", "label\na\n")
    app = until(opened(draft=key), lambda page: page.error)
    labelled(app.selectbox, "What to predict").select("label")
    sound(app.run())
    app.button(key="add:go").click()
    sound(app.run())
    assert "needs a 'key'" in "\n".join(item.value for item in app.error)
    assert not (home / ".drafts" / key / "dataset.toml").exists()
    assert app.button(key="discard")


def test_a_changed_role_is_saved_and_changes_the_text(home):
    key = draft_of(home, "reviews.csv", REVIEWS)
    app = opened(draft=key)
    until(app, lambda page: page.expander)
    folder = home / ".drafts" / key
    before = next(iter(load_dataset_spec(folder).entities.values()))
    assert before.text == "{text}"
    role(app, "shop").select("text")
    sound(app.run())
    assert next(iter(load_dataset_spec(folder).entities.values())).text == "{text}. {shop}"


def test_a_save_keeps_the_comments_of_the_declaration(home):
    app = opened()
    app.button(key="sample:enrolments").click()
    sound(app.run())
    until(app, lambda page: page.expander)
    path = home / "enrolments" / "dataset.toml"
    by_hand = path.read_text().replace("\n[entity.", "\n# Asked Ada about this one.\n[entity.", 1)
    path.write_text(by_hand)
    app = until(opened(dataset="enrolments"), lambda page: page.expander)
    role(app, "age").select("category")
    sound(app.run())
    saved = path.read_text()
    assert "age" in next(iter(load_dataset_spec(path.parent).entities.values())).categorical
    changed = [line for line in by_hand.splitlines() if line not in saved.splitlines()]
    assert [line.split()[0] for line in changed] == ["categorical", "numeric"]


def labelled(items, label: str, key: str = ""):
    return next(item for item in items if item.label == label and key in str(item.key))


def kept_shop(home: Path) -> AppTest:
    app = opened()
    app.button(key="sample:shop").click()
    sound(app.run())
    return until(opened(dataset="shop"), lambda page: page.expander)


def test_a_thing_is_renamed_in_place_wherever_it_is_named(home):
    app = kept_shop(home)
    names = list(load_dataset_spec(home / "shop").entities)
    labelled(app.text_input, "Name", ":user:").input("two words")
    sound(app.run())
    assert "letters, digits" in app.error[0].value
    labelled(app.text_input, "Name", ":user:").input("customer")
    sound(app.run())
    spec = load_dataset_spec(home / "shop")
    assert list(spec.entities) == ["customer" if name == "user" else name for name in names]
    assert all("user" not in task.inputs for task in spec.tasks.values())
    assert not app.error


def test_a_thing_is_added_described_and_removed(home):
    app = kept_shop(home)
    before = load_dataset_spec(home / "shop")
    labelled(app.selectbox, "Table", "thing:table").select("impressions.csv")
    sound(app.run())
    labelled(app.selectbox, "Key", "thing:key").select("")
    sound(app.run())
    labelled(app.multiselect, "Described by").select("hour")
    labelled(app.text_input, "Name", "thing:name").input("moment")
    sound(app.run())
    assert labelled(app.button, "Add").disabled  # no task yet whose rows describe it
    labelled(app.multiselect, "Input of the tasks").select("ad_click")
    sound(app.run())
    labelled(app.button, "Add").click()
    sound(app.run())
    spec = load_dataset_spec(home / "shop")
    assert spec.entities["moment"].numeric == ("hour",)
    assert spec.tasks["ad_click"].inputs == ("user", "ad", "moment")
    labelled(app.button, "Remove", ":moment:").click()
    sound(app.run())
    assert load_dataset_spec(home / "shop") == before


def test_a_thing_that_a_task_needs_can_not_be_removed(home):
    app = kept_shop(home)
    button = labelled(app.button, "Remove", ":answer:")
    assert button.disabled
    assert "needs two inputs" in button.help


def test_a_new_key_takes_the_place_of_the_old_one(home):
    app = kept_shop(home)
    assert load_dataset_spec(home / "shop").entities["item"].key == "item_id"
    titles = [item for item in app.selectbox if item.label == "Role of title" and ":item:" in item.key]
    titles[0].select("key")
    sound(app.run())
    item = load_dataset_spec(home / "shop").entities["item"]
    assert item.key == "title"
    assert "title" not in (item.text or "")


def test_a_thing_moves_to_another_table(home):
    app = kept_shop(home)
    labelled(app.selectbox, "Table", ":item:").select("")
    sound(app.run())
    item = load_dataset_spec(home / "shop").entities["item"]
    assert (item.table, item.key) == (None, "item_id")
    until(app, lambda page: page.expander)
    labelled(app.selectbox, "Table", ":item:").select("items.csv")
    sound(app.run())
    item = load_dataset_spec(home / "shop").entities["item"]
    assert (item.table, item.key) == ("items.csv", "item_id")
    assert item.text or item.categorical


def test_a_wrong_role_is_told_at_its_thing_and_not_saved(home):
    key = draft_of(home, "reviews.csv", REVIEWS)
    app = opened(draft=key)
    until(app, lambda page: page.expander)
    folder = home / ".drafts" / key
    before = (folder / "dataset.toml").read_text()
    role(app, "text").select("number")
    sound(app.run())
    assert "'text' has the role Number, but it holds text such as 'a fine thing" in app.error[0].value
    assert (folder / "dataset.toml").read_text() == before
    role(app, "text").select("text")
    sound(app.run())
    assert not app.error


def test_a_removed_task_is_gone(home):
    key = draft_of(home, "events.csv", EVENTS)
    app = opened(draft=key, view="tasks")
    until(app, lambda page: page.expander)
    next(item for item in app.button if item.key.endswith(":cart:remove")).click()
    sound(app.run())
    assert list(load_dataset_spec(home / ".drafts" / key).tasks) == ["view", "purchase"]


def test_findings_have_their_place_and_the_way_out_and_can_be_downloaded(home):
    folder = home / "reviews"
    folder.mkdir(parents=True)
    (folder / "reviews.csv").write_text(REVIEWS.replace("bad", "good"))
    (folder / "dataset.toml").write_text(
        'name = "r"\n[entity.review]\ntext = "{text}"\n'
        '[task.label]\nkind = "multiclass"\ntable = "reviews.csv"\ninputs = ["review"]\nlabel = "label"\n'
    )
    app = opened(dataset="reviews", view="checks")
    until(app, lambda page: "checks ran" in words(page))
    said = words(app)
    assert "Blocks a training" in said
    assert "Column: **label**" in said
    assert ":material/build:" in said
    assert [item.label for item in app.get("download_button")] == ["Download as CSV"]


def test_the_numbers_of_a_dataset_are_drawn(home):
    app = opened()
    app.button(key="sample:enrolments").click()
    sound(app.run())
    app.query_params["view"] = "profile"
    app = opened(dataset="enrolments", view="profile")
    until(app, lambda page: page.get("plotly_chart"))
    assert "has" in words(app)
    assert "of the rows" in words(app)
    assert len(app.get("plotly_chart")) >= 4


def test_tables_on_the_server_stay_where_they_are(home, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "events.csv").write_text(EVENTS)
    draft = new_draft(home)
    leave_in_place(draft, [tmp_path / "there" / "events.csv"])
    app = opened(draft=draft.name)
    until(app, lambda page: page.expander)
    app.button(key="keep").click()
    sound(app.run())
    spec = load_dataset_spec(home / "events")
    assert spec.tables == tmp_path / "there"
    assert [path.name for path in (home / "events").iterdir()] == ["dataset.toml"]


@pytest.mark.parametrize(("given", "says"), [("data/shop", "whole path"), ("/nowhere/at/all", "There is no")])
def test_a_path_that_will_not_do_is_told(home, given, says):
    app = opened()
    next(item for item in app.text_input if item.label == "Path").input(given)
    next(item for item in app.button if item.label == "Open").click()
    sound(app.run())
    assert says in app.error[0].value


@pytest.mark.parametrize("name", ["gone", "x" * 400, "..", ".drafts", "a/b", "*"])
def test_a_link_to_a_dataset_that_is_gone_says_so(home, name):
    app = opened(dataset=name)
    assert "not there any more" in app.warning[0].value
    assert app.subheader[0].value == "Try a sample"


def test_looking_at_tasks_and_roles_changes_nothing(home):
    """Also where the whole dataset has a split of its own."""
    app = opened()
    app.button(key="sample:shop").click()
    sound(app.run())
    before = load_dataset_spec(home / "shop")
    for view in ("tasks", "roles"):
        app = until(opened(dataset="shop", view=view), lambda page: page.expander)
        sound(app.run())
        assert not app.error
    assert load_dataset_spec(home / "shop") == before
