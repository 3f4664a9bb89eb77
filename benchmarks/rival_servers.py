"""TensorBoard's and MLflow's servers, and how long until they give the curves of all runs. No torch here.

What is timed: from the start of the process until a client holds one metric's points of every run, as their
own pages ask for them. Drawing is not counted.
"""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.dashboard_record import Rival
from benchmarks.served_pages import free_port
from mtrec_core.errors import UserError

PATIENCE_SECONDS = 900.0
METRIC = "validation/ad_click/auc"
MOST_IN_BULK = 100
"""Runs that MLflow gives curves of at once; its pages ask in the same portions."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a rival's runs lie, and how it is started and asked."""

    name: str
    package: str
    """The package whose version counts."""
    command: tuple[str, ...]
    """Without the port."""
    ready: Callable[[str, int], bool]
    """Whether the server at an address knows all runs."""
    curves: Callable[[str, int], int]
    """Asks for the metric's points of all runs; gives how many points came."""


def ask(address: str, content: object = None) -> Any:
    """The JSON that a GET, or a POST of `content`, answers."""
    data = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.loads(answer.read())


def tensorboard(python: str, folder: Path) -> Source:
    """TensorBoard as it comes, with its fast loading."""

    def ready(address: str, runs: int) -> bool:
        tags = ask(f"{address}/data/plugin/scalars/tags")
        return sum(METRIC in found for found in tags.values()) >= runs

    def curves(address: str, _runs: int) -> int:
        names = sorted(ask(f"{address}/data/plugin/scalars/tags"))
        points = 0
        for name in names:
            asked = urlencode({"run": name, "tag": METRIC})
            points += len(ask(f"{address}/data/plugin/scalars/scalars?{asked}"))
        return points

    command = (python, "-m", "tensorboard.main", "--logdir", str(folder), "--port")
    return Source(name="TensorBoard", package="tensorboard", command=command, ready=ready, curves=curves)


def mlflow(python: str, folder: Path) -> Source:
    """MLflow's server on its SQLite file, one worker."""
    api = "ajax-api/2.0/mlflow"

    def runs_of(address: str, runs: int) -> list[str]:
        experiment = ask(f"{address}/{api}/experiments/get-by-name?experiment_name=made%20up")["experiment"]
        wanted = {"experiment_ids": [experiment["experiment_id"]], "max_results": runs}
        found = ask(f"{address}/{api}/runs/search", wanted).get("runs", [])
        return [run["info"]["run_id"] for run in found]

    def ready(address: str, runs: int) -> bool:
        return len(runs_of(address, runs)) >= runs

    def curves(address: str, runs: int) -> int:
        ids = runs_of(address, runs)
        points = 0
        for first in range(0, len(ids), MOST_IN_BULK):
            some = [("run_ids", run) for run in ids[first : first + MOST_IN_BULK]]
            asked = urlencode([*some, ("metric_key", METRIC), ("max_results", "2000")])
            points += len(
                ask(f"{address}/{api}/metrics/get-history-bulk-interval?{asked}").get("metrics", [])
            )
        return points

    store = f"sqlite:///{folder / 'mlflow.db'}"
    command = (python, "-m", "mlflow", "server", "--backend-store-uri", store, "--workers", "1", "--port")
    return Source(name="MLflow", package="mlflow", command=command, ready=ready, curves=curves)


def measure(source: Source, runs: int, log: Path) -> Rival:
    """Starts the server, waits until it knows all runs, asks for their curves twice, and ends it."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*source.command, str(port)], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            env={**os.environ, "GIT_PYTHON_REFRESH": "quiet"},
        )  # fmt: skip
    try:
        _wait(source, address, runs, process)
        known = time.perf_counter() - began
        points = source.curves(address, runs)
        first = time.perf_counter() - began
        again = time.perf_counter()
        source.curves(address, runs)
        again = time.perf_counter() - again
    finally:
        process.terminate()
        process.wait(30)
    return Rival(name=source.name, known=known, curves=first, again=again, points=points)


def _wait(source: Source, address: str, runs: int, process: "subprocess.Popen[bytes]") -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        try:
            if source.ready(address, runs):
                return
        except (OSError, urllib.error.URLError, ValueError):
            pass
        time.sleep(0.05)
    if process.poll() is not None:
        raise UserError(f"{source.name} ended instead of serving; its log in the home says why.")
    raise UserError(f"{source.name} did not come to know {runs} runs within {PATIENCE_SECONDS:.0f} s.")
