"""One reader's browser: what it met on the way, and when a page is ready."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize, WebSocket, expect

READY = "[data-testid=stApp][data-test-script-state=notRunning]"
LOADING = "[data-testid=stSkeleton], [data-testid=stAppSkeleton]"
"""What stands in the place of an element whose script the browser still fetches."""
DISCONNECTED = "[data-testid=stApp]:not([data-test-connection-state=CONNECTED])"
CHART = ".mtrec-live-plot .main-svg"
PATIENCE_MS = 60_000
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}

PROBE = re.compile(r"/[A-Z][a-z]+/_stcore/(health|host-config)$")
"""Streamlit's frontend can't know whether the first part of a deep link names a page or the folder below
which the app is served, so it asks for its server in both places; below a page, the console says 404."""


@dataclass(kw_only=True)
class Reader:
    """A tab. `met` holds errors of the console and of the page's scripts, and requests to other hosts."""

    page: Page
    own_host: str
    met: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.met.append(f"page error: {error}"))
        self.page.on("request", self._asked)
        self.page.on("websocket", self._asked)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        address = str(message.location.get("url", ""))
        probed = "status of 404" in message.text and PROBE.fullmatch(address.removeprefix(self.own_host))
        if not probed:
            self.met.append(f"console: {message.text} ({address})")

    def _asked(self, request: Request | WebSocket) -> None:
        if not request.url.replace("ws://", "http://", 1).startswith((self.own_host, "data:", "blob:")):
            self.met.append(f"request to another host: {request.url}")

    def open(self, url: str) -> Page:
        """The page, once its script has run."""
        self.page.goto(url)
        self.ready()
        return self.page

    def leave(self) -> None:
        """Nothing is shown any more; what was met is forgotten, such as that a server was killed."""
        self.page.goto("about:blank")
        self.met.clear()

    def ready(self) -> None:
        """Returns when the page's script has run and every element stands in its place."""
        self.page.wait_for_selector(READY, state="attached")
        expect(self.page.locator(LOADING)).to_have_count(0, timeout=PATIENCE_MS)

    def says(self, text: str) -> None:
        """Fails unless the page shows the text, now or soon."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=PATIENCE_MS)

    def wait_for_step(self, after: int) -> int:
        """The training step on the progress card, once it is beyond `after`, without any click."""
        found = self.page.wait_for_function(STEP_BEYOND, arg=after)
        return int(found.json_value())

    def drawn(self) -> str:
        """Where the curves of the live chart end."""
        return str(self.page.evaluate(CURVE_ENDS))

    def wait_for_tick(self) -> None:
        """Returns after the live chart was given new points."""
        self.page.wait_for_function(f"before => ({CURVE_ENDS})() !== before", arg=self.drawn())

    def x_range(self) -> list[float]:
        """What part of the horizontal axis the live chart shows."""
        return self.page.evaluate(
            "() => document.querySelector('.mtrec-live-plot')._fullLayout.xaxis.range.map(Number)"
        )

    def axes(self) -> str:
        """Titles and ranges of the live chart's horizontal axes."""
        return str(self.page.evaluate(AXES))

    def sideways(self) -> list[int]:
        """By how many pixels the whole page, and its main part, are wider than the window."""
        return self.page.evaluate(
            """() => {
                const main = document.querySelector("[data-testid=stMain]");
                return [document.documentElement.scrollWidth - window.innerWidth,
                        main.scrollWidth - main.clientWidth];
            }"""
        )

    def hindrances(self, axe: Path) -> list[str]:
        """What axe-core calls serious or critical on the page."""
        self.page.evaluate(axe.read_text(encoding="utf-8"))
        found = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['impact']} {one['id']} at {node['target']}: {node['html'][:200]} {node['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]


STEP_BEYOND = """after => {
    const told = document.body.innerText.match(/step ([\\d\\s]+) of/);
    const step = told ? Number(told[1].replaceAll(/\\s/g, "")) : 0;
    return step > after && step;
}"""
CURVE_ENDS = """() => JSON.stringify(
    document.querySelector(".mtrec-live-plot")._fullData.map(trace => Array.from(trace.x ?? []).slice(-1))
)"""

AXES = """() => {
    const {_fullLayout: layout} = document.querySelector(".mtrec-live-plot");
    return JSON.stringify(Object.keys(layout).filter(key => key.startsWith("xaxis"))
        .map(key => [layout[key].title?.text ?? "", layout[key].range]));
}"""


def new_reader(
    browser: Browser,
    own_host: str,
    *,
    dark: bool = False,
    phone: bool = False,
    offline: bool = False,
) -> Reader:
    """A browser without memory, with one tab."""
    context = browser.new_context(
        color_scheme="dark" if dark else "light",
        viewport=PHONE if phone else DESK,
        has_touch=phone,
        offline=offline,
    )
    return Reader(page=context.new_page(), own_host=own_host)
