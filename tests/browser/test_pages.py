"""Every page in a browser: nothing broken, no other host asked, no serious hindrance; dark; on a phone."""

import pytest

from tests.browser.browsing import CHART, DESK, PHONE, new_reader

pytestmark = pytest.mark.slow

PAGES = ["", "Data", "Train", "Monitor", "Compare", "Try", "System"]
"""As they stand in an address; the first is Home."""
PROBLEMS = "[data-testid=stAlertContentError], [data-testid=stException]"


def named(page):
    return page or "Home"


@pytest.fixture(scope="module")
def memory(browser, studio):
    """A browser that keeps what it fetched."""
    reader = new_reader(browser, studio.host)
    yield reader
    reader.page.context.close()


@pytest.fixture(scope="module", params=PAGES, ids=named)
def opened(request, memory, studio):
    """A page that was the very first thing that a fresh server was asked for."""
    studio.kill()
    memory.leave()
    studio.start()
    memory.page.emulate_media(color_scheme="light")
    memory.page.set_viewport_size(DESK)
    memory.open(studio.url(request.param))
    if request.param == "Monitor":
        memory.page.wait_for_selector(CHART)
    return memory


def darkness(reader):
    colour = reader.page.evaluate(
        "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    return sum(int(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]) / 3


def test_a_deep_link_opens_a_whole_page_on_a_fresh_server(opened, axe):
    assert opened.page.title().endswith(" · MTRec Studio")
    assert opened.page.locator("[data-testid=stSidebar] a").count() == len(PAGES)
    assert opened.page.locator(PROBLEMS).count() == 0
    assert darkness(opened) > 200
    assert opened.hindrances(axe) == []
    assert opened.met == []


def test_a_page_follows_the_readers_theme_and_is_as_readable_in_the_dark(opened, axe):
    light = opened.page.get_by_test_id("stHeaderLogo").or_(opened.page.get_by_test_id("stSidebarLogo"))
    before = light.first.get_attribute("src")
    opened.page.emulate_media(color_scheme="dark")
    opened.page.wait_for_function(
        "before => document.querySelector('[data-testid=stSidebarLogo]')?.src !== before", arg=before
    )
    opened.ready()
    assert darkness(opened) < 60
    assert opened.page.locator(PROBLEMS).count() == 0
    assert opened.hindrances(axe) == []
    assert opened.met == []


def test_a_phone_shows_a_page_without_scrolling_sideways(opened):
    opened.page.set_viewport_size(PHONE)
    opened.page.reload()
    opened.ready()
    assert max(opened.sideways()) <= 0
    assert opened.met == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_without_any_run_says_what_to_do_next_on_a_phone(read, empty_studio, axe, page):
    reader = read(empty_studio.host, phone=True)
    reader.open(empty_studio.url(page))
    assert reader.page.locator(PROBLEMS).count() == 0
    assert max(reader.sideways()) <= 0
    assert reader.hindrances(axe) == []


def test_a_copied_link_opens_the_same_view(read, studio):
    run = studio.store.list_runs()[-1]
    first = read(studio.host)
    first.open(studio.url("Monitor", run=run.id))
    first.page.wait_for_selector(CHART)
    first.page.get_by_role("radio", name="Epoch").click()
    first.page.wait_for_url("**x=epoch**")
    first.ready()
    second = read(studio.host)
    second.open(first.page.url)
    second.page.wait_for_selector(CHART)
    assert second.page.url == first.page.url
    assert f"run={run.id}" in second.page.url
    assert second.axes() == first.axes()
    assert "epoch" in second.axes()


def test_uploaded_tables_become_a_draft_with_guessed_roles(read, studio, tmp_path):
    tables = {
        "users.csv": "user_id,age,city\n" + "".join(f"u{n},{20 + n % 40},c{n % 3}\n" for n in range(60)),
        "clicks.csv": "user_id,item_id,clicked,time\n"
        + "".join(f"u{n % 60},i{n % 17},{n % 2},{1_700_000_000 + n}\n" for n in range(400)),
    }
    for name, content in tables.items():
        (tmp_path / name).write_text(content)
    reader = read(studio.host)
    reader.open(studio.url("Data"))
    reader.page.locator("input[type=file]").set_input_files([tmp_path / name for name in tables])
    reader.page.wait_for_url("**draft=**")
    reader.page.get_by_role("button", name="Keep this dataset").wait_for()
    for told in tables:
        reader.says(told)
    spooled = {path.name: path.read_text() for path in studio.home.datasets.rglob("*.csv")}
    assert spooled == tables
