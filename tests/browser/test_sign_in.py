"""A sign-in by OpenID Connect, from the first page to signing out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from mtrec_core.home import Home
from mtrec_core.store.records import Role
from tests.browser.browsing import new_reader
from tests.browser.identity_provider import CLIENT, IdentityProvider
from tests.browser.studio import Studio

pytestmark = pytest.mark.slow

SECRETS = """
[auth]
redirect_uri = "{host}/oauth2callback"
cookie_secret = "a secret of the test, long enough to sign with"
client_id = "{client}"
client_secret = "another"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with IdentityProvider(email="ada@example.org") as found:
        yield found


@pytest.fixture
def guarded(tmp_path) -> Iterator[Studio]:
    """A home whose pages are not served yet."""
    found = Studio(home=Home.from_environment({"MTREC_HOME": str(tmp_path / "home")}))
    yield found
    found.close()


def secrets_for(studio: Studio, provider: str) -> str:
    return SECRETS.format(host=studio.host, client=CLIENT, provider=provider)


def serve(studio: Studio, folder: Path, text: str) -> None:
    secrets = folder / "secrets.toml"
    secrets.write_text(text)
    studio.start(f"--secrets.files={secrets}")


def test_a_person_signs_in_is_a_viewer_becomes_an_operator_and_signs_out(
    browser, guarded, tmp_path, provider, axe
):
    serve(guarded, tmp_path, secrets_for(guarded, provider.host))
    reader = new_reader(browser, guarded.host)
    page = reader.open(guarded.url("Compare"))
    expect(page.get_by_text("Please sign in")).to_be_visible()
    assert page.locator("[data-testid=stSidebar] [data-testid=stPageLink]").count() == 0
    assert reader.hindrances(axe) == []

    page.get_by_role("button", name="Sign in").click()
    reader.says("ada@example.org · Viewer")
    expect(page.locator("[data-testid=stSidebar] [data-testid=stPageLink]")).to_have_count(7)

    guarded.store.set_role("ada@example.org", Role.OPERATOR)
    page.wait_for_timeout(2_500)  # a role is looked up again every two seconds
    reader.open(guarded.url("System"))
    reader.says("ada@example.org · Operator")

    page.get_by_role("button", name="Sign out").click()
    reader.says("Please sign in")
    page.context.close()
    assert [met for met in reader.met if provider.host not in met] == []


def test_a_provider_that_does_not_answer_is_no_traceback(browser, guarded, tmp_path):
    serve(guarded, tmp_path, secrets_for(guarded, "http://127.0.0.1:9"))
    reader = new_reader(browser, guarded.host)
    page = reader.open(guarded.url())
    page.get_by_role("button", name="Sign in").click()
    reader.says("Authentication error")
    assert "Traceback" not in page.content()
    reader.open(guarded.url())
    reader.says("Please sign in")
    assert page.locator("[data-testid=stException]").count() == 0
    page.context.close()


@pytest.mark.parametrize(
    ("secrets", "told"),
    [("[auth]\nclient_id = 'x'\n", "not set up well"), ("[auth\n", "Nobody is let in: ")],
    ids=["incomplete", "unreadable"],
)
def test_a_sign_in_that_is_set_up_badly_lets_nobody_in_and_says_why(
    browser, guarded, tmp_path, secrets, told
):
    serve(guarded, tmp_path, secrets)
    reader = new_reader(browser, guarded.host)
    page = reader.open(guarded.url("Data"))
    if page.get_by_role("button", name="Sign in").count():
        page.get_by_role("button", name="Sign in").click()
    reader.says(told)
    assert page.locator("[data-testid=stSidebar] [data-testid=stPageLink]").count() == 0
    assert page.locator("input[type=file]").count() == 0
    page.context.close()
