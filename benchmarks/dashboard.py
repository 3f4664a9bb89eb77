"""How fast the pages are with many runs, beside TensorBoard and MLflow on the same runs.

    python -m benchmarks.dashboard --home FOLDER [--others PYTHON --tensorboard FOLDER --mlflow FOLDER]

FOLDER is a home that `python -m tests.synthetic_runs FOLDER` filled; a run that goes on is added to it.
PYTHON is an interpreter with tensorboard and mlflow, which the program itself does not need, and their
folders are those that `benchmarks.rival_runs` wrote; without them only the pages are measured. Needs
playwright and chromium.
"""

import argparse
import datetime
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.console import aligned, run_command
from benchmarks.dashboard_record import MEASURES, DashboardRecord, Rival
from benchmarks.dashboard_rounds import Notes, hurry, load_now, start, visit_pages, watch_live
from benchmarks.machine import this_machine
from benchmarks.records import FOLDER, write_record
from benchmarks.rival_servers import Source, measure, mlflow, tensorboard
from benchmarks.served_pages import free_port, launch, new_tab
from mtrec_core.errors import UserError
from mtrec_core.home import Home
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store
from tests.ui.recorded_runs import record_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LIVE = "Live"
COMMAND = "python -m benchmarks.dashboard --rounds {rounds}"


def main() -> None:
    """Measures, prints, writes the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a home filled by tests.synthetic_runs")
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, 21))
    parser.add_argument("--others", default="", help="a Python with tensorboard and mlflow")
    parser.add_argument("--tensorboard", type=Path, help="its folder of event files")
    parser.add_argument("--mlflow", type=Path, help="the folder of its SQLite file")
    parser.add_argument("--record", type=Path, default=FOLDER / "dashboard.json")
    given = parser.parse_args()
    home = Home.from_environment({"MTREC_HOME": str(given.home)})
    sources = []
    if given.others and given.tensorboard:
        sources.append(tensorboard(given.others, given.tensorboard))
    if given.others and given.mlflow:
        sources.append(mlflow(given.others, given.mlflow))
    record = measured(home, given.rounds, sources, given.others, given.record)
    rows = [("", "median s", "server s")]
    rows += [
        (MEASURES[name].title, f"{timing.value('seconds'):.2f}", f"{timing.value('server'):.3f}")
        for name, timing in record.timings.items()
    ]
    rows += [(rival.name, f"{rival.curves:.1f}", f"again {rival.again:.1f}") for rival in record.rivals]
    print(aligned(rows))


def measured(home: Home, rounds: int, sources: list[Source], others: str, to: Path) -> DashboardRecord:
    """All rounds: the pages, then the others, then the pages again. After each the record is written."""
    from playwright.sync_api import sync_playwright

    with Store.open(home.database_url) as store:
        runs = [run for run in store.list_runs() if run.name != LIVE]
        if not runs:
            raise UserError(f"There are no runs in {home.root}; `python -m tests.synthetic_runs` makes some.")
        curves = store.summaries([runs[0].id])
        notes, load = Notes(), []
        rivals: list[Rival] = []
        with sync_playwright() as playwright:
            browser = launch(playwright)
            versions = {"Streamlit": version("streamlit"), "Chromium": browser.version}
            versions |= {source.name: _version(others, source.package) for source in sources}
            for done in range(1, rounds + 1):
                load.append(load_now())
                _pages(notes, home, store, browser, [run.number for run in runs])
                rivals += [measure(source, len(runs), home.root / f"{source.name}.log") for source in sources]
                record = DashboardRecord(
                    command=COMMAND.format(rounds=done),
                    made=datetime.date.today().isoformat(),
                    machine=this_machine(),
                    runs=len(runs),
                    curves=len(curves),
                    points=max(row.n for row in curves),
                    versions=versions,
                    load=tuple(load),
                    timings=notes.timings(),
                    rivals=tuple(rivals),
                )
                write_record(record.to_json(), to)
            browser.close()
    return record


def _pages(notes: Notes, home: Home, store: Store, browser: "Browser", numbers: list[int]) -> None:
    """One round."""
    port = free_port()
    known = new_tab(browser)
    start(notes, "start, new browser", home, known, port).close()
    server = start(notes, "start", home, known, port)
    try:
        hurry(notes, server, browser)
    finally:
        server.close()
    server = start(notes, "start", home, known, port)
    known.page.context.close()
    try:
        visit_pages(notes, server, browser, numbers)
        live = record_run(store, home, name=LIVE, state=RunState.RUNNING, steps=200)
        try:
            watch_live(notes, server, browser, store, live.id)
        finally:
            store.change_state(live.id, RunState.STOPPED, "The benchmark is over.")
    finally:
        server.close()


def _version(python: str, package: str) -> str:
    asked = f"from importlib.metadata import version; print(version({package!r}))"
    found = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "none"


if __name__ == "__main__":
    sys.exit(run_command(main))
