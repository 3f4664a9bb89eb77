"""`dashboard`: the supervisor and the pages, with one command. No torch here."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from mtrec_core.cli.output import note
from mtrec_core.errors import UserError
from mtrec_core.home import Home

APP = Path(__file__).resolve().parents[2] / "app.py"
FIRST_PORT = 8501
PORTS = 20
"""How many are tried where none was asked for."""
LAST_WORDS = 10.0
"""Seconds that the pages' server has to end."""


def dashboard(
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, help="Of the pages; by default the first free from 8501."),
    ] = None,
    address: Annotated[
        str, typer.Option("--address", help="On which to listen; by default this machine's own.")
    ] = "127.0.0.1",
    sample: Annotated[
        bool, typer.Option("--sample", help="Also put the sample shop among the datasets.")
    ] = False,
) -> None:
    """Serve the pages and start the supervisor.

    Ctrl-C ends the pages; trainings and the supervisor that starts them go on without them, and the pages
    find them again. `stop` stops a training, `down` the supervisor.

    \b
    Examples:
      python -m mtrec_core dashboard
      python -m mtrec_core dashboard --port 8600
    """
    from mtrec_core.data.samples import use_sample
    from mtrec_core.jobs.supervisor_state import ensure_supervisor, supervisor_state
    from mtrec_core.store.store import Store

    if not APP.is_file():
        raise UserError(
            f"There is no {APP}: the pages stand in the project's folder. Run it from a checkout."
        )
    home = Home.from_environment()
    chosen = choose_port(address, port)
    if sample:
        use_sample("shop", home.datasets)
    ensure_supervisor(home)
    note(f"The dashboard: http://{address}:{chosen}   (Ctrl-C ends the pages, not the trainings)")
    ended = serve(address, chosen, home)
    with Store.open(home.database_url) as store:
        going_on = [slot.run_id for slot in supervisor_state(store, home).slots if slot.run_id]
    note(f"The pages are closed. Going on: {', '.join(going_on) or 'no training'}, and the supervisor.")
    note("`python -m mtrec_core stop RUN` stops a training, `python -m mtrec_core down` ends the supervisor.")
    if ended:
        raise typer.Exit(1)


def choose_port(address: str, asked: int | None) -> int:
    """The port that was asked for, or the first free one; UserError where it is taken."""
    why = ""
    for port in (asked,) if asked else range(FIRST_PORT, FIRST_PORT + PORTS):
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                why = error.strerror or str(error)
                continue
            return port
    taken = f"Port {asked} of {address}" if asked else f"Each port from {FIRST_PORT} on at {address}"
    raise UserError(f"{taken} can't be had ({why}). Choose another with --port.")


def serve(address: str, port: int, home: Home) -> int:
    """Serves the pages until Ctrl-C, a termination signal or the server's own end; 0 unless that failed."""
    command = [sys.executable, "-m", "streamlit", "run", str(APP)]
    options = ["--server.address", address, "--server.port", str(port), "--server.headless", "true"]
    environment = {**os.environ, "MTREC_HOME": str(home.root), "MTREC_DB": home.database_url}
    server = subprocess.Popen([*command, *options], cwd=APP.parent, env=environment, stdin=subprocess.DEVNULL)
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(LAST_WORDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        return 0
