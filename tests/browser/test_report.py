"""The report, downloaded from Compare, in a browser without a network."""

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def report(read, studio, tmp_path):
    """The file that a click on Compare gives."""
    runs = ",".join(str(run.number) for run in studio.store.list_runs())
    reader = read(studio.host)
    reader.open(studio.url("Compare", runs=runs))
    with reader.page.expect_download() as found:
        reader.page.get_by_role("button", name="Report", exact=True).click()
    found.value.save_as(tmp_path / "report.html")
    return tmp_path / "report.html"


def test_the_report_opens_offline_and_asks_nobody(read, studio, report, axe):
    for dark in (False, True):
        reader = read("file://", offline=True, dark=dark)
        reader.page.goto(report.as_uri())
        reader.page.wait_for_selector(".main-svg")
        text = reader.page.inner_text("body")
        assert [run.number for run in studio.store.list_runs() if f"#{run.number}" not in text] == []
        assert reader.hindrances(axe) == []
