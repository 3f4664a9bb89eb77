"""A run that trains, seen in a browser: it goes on whatever the browser and the page server do."""

import psutil
import pytest

from tests.browser.browsing import CHART, DISCONNECTED
from tests.browser.studio import processes_of

pytestmark = pytest.mark.slow


def test_progress_and_curves_move_without_a_click(read, empty_studio, train_long):
    reader = read(empty_studio.host)
    reader.open(empty_studio.url("Monitor", run=train_long().id))
    first = reader.wait_for_step(0)
    assert reader.wait_for_step(first) > first
    reader.page.wait_for_selector(CHART)
    reader.wait_for_tick()


def test_zoom_stays_over_three_ticks(read, empty_studio, train_long):
    reader = read(empty_studio.host)
    reader.open(empty_studio.url("Monitor", run=train_long().id, every="1"))
    reader.page.wait_for_selector(CHART)
    reader.wait_for_step(20)
    whole = reader.x_range()
    plot = reader.page.locator(".mtrec-live-plot .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    height = box["y"] + 0.5 * box["height"]
    reader.page.mouse.move(box["x"] + 0.2 * box["width"], height)
    reader.page.mouse.down()
    reader.page.mouse.move(box["x"] + 0.4 * box["width"], height, steps=5)
    reader.page.mouse.up()
    reader.page.wait_for_function(
        "end => document.querySelector('.mtrec-live-plot')._fullLayout.xaxis.range[1] < end", arg=whole[1]
    )
    zoomed = reader.x_range()
    assert zoomed[1] - zoomed[0] < 0.5 * (whole[1] - whole[0])
    for _tick in range(3):
        reader.wait_for_tick()
        assert reader.x_range() == zoomed


def test_a_reload_in_mid_run_shows_the_run_further_on(read, empty_studio, train_long):
    link = empty_studio.url("Monitor", run=train_long().id)
    reader = read(empty_studio.host)
    reader.open(link)
    before = reader.wait_for_step(0)
    reader.page.reload()
    reader.ready()
    assert reader.wait_for_step(before) > before
    assert reader.page.url == link


def test_a_run_goes_on_while_no_browser_looks_and_is_found_again(read, empty_studio, train_long):
    run = train_long()
    first = read(empty_studio.host)
    first.open(empty_studio.url("Monitor", run=run.id))
    before = first.wait_for_step(0)
    first.page.context.close()
    again = read(empty_studio.host)
    again.open(empty_studio.url())  # Home says what goes on
    again.page.get_by_role("link", name=f"#{run.number}").first.click()
    assert again.wait_for_step(before) > before


def test_a_killed_page_server_costs_a_run_nothing_and_a_deep_link_leads_back(read, empty_studio, train_long):
    run = train_long()
    link = empty_studio.url("Monitor", run=run.id, x="epoch")
    reader = read(empty_studio.host)
    reader.open(link)
    before = reader.wait_for_step(0)
    assert reader.met == []
    empty_studio.kill()
    reader.page.wait_for_selector(DISCONNECTED)
    reader.leave()
    empty_studio.start()
    reader.open(link)  # the very first request of the new server
    assert reader.wait_for_step(before) > before
    reader.page.wait_for_selector(CHART)
    assert "epoch" in reader.axes()
    assert empty_studio.store.get_run(run.id).process.pid == run.process.pid


def test_stop_on_the_page_leaves_no_process_and_keeps_a_checkpoint(read, empty_studio, train_long):
    run = train_long()
    processes = processes_of(run)
    assert processes
    reader = read(empty_studio.host)
    reader.open(empty_studio.url("Monitor", run=run.id))
    reader.wait_for_step(0)
    reader.page.get_by_role("button", name="Stop", exact=True).click()
    ended = empty_studio.wait_for(run.id, "stopped")
    _ended, alive = psutil.wait_procs(processes, timeout=20)  # the last thing it does is to say that it ended
    assert alive == []
    assert list((ended.folder / "last").glob("step-*"))
    reader.page.get_by_role("button", name="Resume").wait_for()
