"""A page server with a home of its own, and a browser whose pages tell when they were ready. No torch here.

How a page says that it is ready: Streamlit marks its root with `data-test-script-state`. A script that was
put into the document before anything else notes each change with the browser's clock, which begins with the
request.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.study_table import PROJECT
from mtrec_core.errors import UserError
from mtrec_core.home import Home

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

STILL_MS = 400
"""A script that has ended may be started again at once, by the reader's theme or by itself; so long nothing
may begin before a page counts as ready. The waiting itself is not counted."""
QUIET_MS = 3_000
"""A busy browser may show a script's start and end at once, so that neither is seen: then a page is ready
with its last change, when none has come for so long."""
PATIENCE_MS = 120_000
START_SECONDS = 120.0

WATCH = """
window.watched = {changes: 0, ended: 0, began: 0, touched: 0, drawn: {}};
new MutationObserver(() => {
    const now = performance.now(), seen = window.watched;
    seen.touched = now;
    for (const [name, selector] of Object.entries(window.awaited ?? {}))
        if (!(name in seen.drawn) && document.querySelector(selector)) seen.drawn[name] = now;
    const state = document.querySelector("[data-testid=stApp]")?.getAttribute("data-test-script-state");
    if (!state || state === seen.state) return;
    seen.state = state;
    seen.changes += 1;
    if (state === "running") seen.began = now;
    if (state === "notRunning" && seen.began) seen.ended = now;
}).observe(document, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["data-test-script-state"],
});
"""
READY = """([after, still, quiet]) => {
    const seen = window.watched, now = performance.now();
    if (seen.state !== "notRunning") return false;
    return seen.ended > after ? now - seen.ended > still : seen.touched > after && now - seen.touched > quiet;
}"""


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PageServer:
    """`streamlit run app.py` on a port of its own."""

    def __init__(self, home: Home, port: int = 0) -> None:
        self.home = home
        self.port = port or free_port()
        self._log = home.root / "pages.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={self.port}"],
                cwd=PROJECT,
                env={**os.environ, "MTREC_HOME": str(home.root), "MTREC_DB": home.database_url},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def url(self, page: str = "", query: str = "") -> str:
        """The address of a page; "" is Home."""
        return f"http://127.0.0.1:{self.port}/{page}{'?' if query else ''}{query}"

    def wait(self) -> None:
        """Returns once it answers; UserError with its log when it doesn't."""
        give_up = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up and self._process.poll() is None:
            try:
                with urllib.request.urlopen(self.url("_stcore/health"), timeout=2):
                    return
            except OSError:
                time.sleep(0.02)
        raise UserError(f"The page server did not come up: {self._log.read_text(encoding='utf-8')[-2000:]}")

    def cpu_seconds(self) -> float:
        """What the server has worked so far."""
        spent = psutil.Process(self._process.pid).cpu_times()
        return float(spent.user + spent.system)

    def close(self) -> None:
        """Ends it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One page in a browser context of its own."""

    page: "Page"

    def open(self, url: str, drawn: str = "") -> float:
        """Goes to an address; seconds from the request until the script has ended and, where a selector is
        given, what it names is in the document."""
        self.page.goto(url, wait_until="commit")
        ready = self._ready(0.0)
        if not drawn:
            return ready
        self.page.wait_for_selector(drawn, state="attached")
        seen: dict[str, float] = self.page.evaluate("() => window.watched.drawn")
        return max(ready, seen["awaited"] / 1000)

    def rerun(self) -> float:
        """Lets the script run once more, as any widget would; seconds until it has ended."""
        before: float = self.page.evaluate("() => performance.now()")
        self.page.keyboard.press("r")
        return self._ready(before) - before / 1000

    def click(self, text: str, drawn: str = "") -> float:
        """Clicks on a link of the sidebar; seconds until the other page's script has ended."""
        before: float = self.page.evaluate("() => { window.watched.drawn = {}; return performance.now(); }")
        self.page.get_by_test_id("stSidebar").get_by_text(text, exact=True).click()
        ready = self._ready(before)
        if drawn:
            self.page.wait_for_selector(drawn, state="attached")
            ready = max(ready, self.page.evaluate("() => window.watched.drawn.awaited") / 1000)
        return ready - before / 1000

    def _ready(self, after_ms: float) -> float:
        """Seconds on the browser's clock at which the script has ended for good."""
        self.page.wait_for_function(READY, arg=[after_ms, STILL_MS, QUIET_MS])
        seen: dict[str, float] = self.page.evaluate("() => window.watched")
        return (seen["ended"] if seen["ended"] > after_ms else seen["touched"]) / 1000


def launch(playwright: "Playwright") -> "Browser":
    """Chromium without a window; UserError where there is none."""
    found = os.environ.get("MTREC_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None or not Path(found).is_file():
        raise UserError("No chromium here: apt-get install chromium, or let MTREC_CHROMIUM name one.")
    return playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])


def new_tab(browser: "Browser", awaited: str = "") -> Tab:
    """A page with an empty cache; `awaited` is the selector that `open` and `click` may wait for."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(
        f"window.awaited = {{awaited: {awaited!r}}};" if awaited else "window.awaited = {};"
    )
    context.add_init_script(WATCH)
    return Tab(page=context.new_page())


def count_sent(tab: Tab) -> list[Any]:
    """A list that grows with every message from the page to the server: one per rerun and per live tick."""
    sent: list[Any] = []
    tab.page.on("websocket", lambda socket: socket.on("framesent", lambda _payload: sent.append(1)))
    return sent
