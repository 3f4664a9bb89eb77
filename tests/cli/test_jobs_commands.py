"""`up`, `down`, `logs`, `dashboard`: what they say without a training. Trainings: tests/jobs."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.cli.dashboard_command import choose_port
from mtrec_core.errors import UserError
from mtrec_core.home import Home
from mtrec_core.jobs.config import SupervisorSettings, load_settings
from mtrec_core.jobs.supervisor import supervisor_state
from mtrec_core.store.store import Store
from tests.contracts.source_files import PROJECT

runner = CliRunner()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MTREC_DB", raising=False)
    return Home.from_environment()


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "mtrec_core", *arguments], cwd=PROJECT, stderr=subprocess.PIPE, text=True
    )


def wait_for(process, words):
    for line in process.stderr:
        if words in line:
            return line
    raise AssertionError(f"the process ended without saying {words!r}")


@pytest.mark.slow
def test_up_in_the_foreground_ends_with_ctrl_c_and_there_is_one_per_home(home):
    process = start("up", "--cpu-slots", "2", "--gpus", "none")
    wait_for(process, "with cpu:0, cpu:1")
    second = runner.invoke(app, ["up"])
    assert second.exit_code == 2
    assert "is at work here already" in second.stderr
    with Store.open(home.database_url) as store:
        assert supervisor_state(store, home).pid == process.pid
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, "Ended" in err, "Traceback" in err) == (0, True, False)
    with Store.open(home.database_url) as store:
        assert store.supervisors() == []
    assert load_settings(home) == SupervisorSettings(cpu_slots=2, gpus="none")


def test_down_without_a_supervisor_says_so(home):
    told = runner.invoke(app, ["down"])
    assert (told.exit_code, told.stderr) == (0, "No supervisor is at work here.\n")
    assert json.loads(runner.invoke(app, ["down", "--json"]).stdout) == {"pid": None, "going_on": []}


@pytest.mark.slow
def test_a_supervisor_in_the_background_is_started_and_ended_as_json(home):
    started = json.loads(runner.invoke(app, ["up", "--detach", "--gpus", "none", "--json"]).stdout)
    try:
        assert started["slots"] == ["cpu"]
        assert psutil.pid_exists(started["pid"])
    finally:
        ended = json.loads(runner.invoke(app, ["down", "--json"]).stdout)
    assert ended == {"pid": started["pid"], "going_on": []}


@pytest.mark.parametrize("arguments", [["up", "--json"], ["logs", "last", "-f", "--json"]])
def test_what_goes_on_has_no_form_for_machines(home, arguments):
    told = runner.invoke(app, arguments)
    assert told.exit_code == 2
    assert "--json" in told.stderr


def test_logs_show_the_last_lines(home):
    with Store.open(home.database_url) as store:
        dataset = store.add_dataset(name="shop", folder=Path("/data"), fingerprint="f")
        run = store.add_run(dataset=dataset, config={}, config_fingerprint="c", runs_folder=home.runs)
    told = runner.invoke(app, ["logs", run.id])
    assert (told.stdout, told.stderr) == ("", f"Run {run.id} is queued and has written nothing so far.\n")
    run.folder.mkdir()
    (run.folder / "run.log").write_text("one\ntwo\n")
    assert runner.invoke(app, ["logs", "last", "-n", "1"]).stdout == "two\n"
    told = json.loads(runner.invoke(app, ["logs", "last", "--json"]).stdout)
    assert told == {"run": run.id, "state": "queued", "lines": ["one", "two"]}


def test_a_port_that_is_taken_is_left_alone():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(UserError, match=f"Port {taken} of 127.0.0.1 can't be had .*--port"):
            choose_port("127.0.0.1", taken)
    assert choose_port("127.0.0.1", taken) == taken


@pytest.mark.slow
def test_the_dashboard_serves_this_machine_until_ctrl_c_and_leaves_the_supervisor(home):
    port = choose_port("127.0.0.1", None)
    process = start("dashboard", "--sample", "--port", str(port))
    try:
        line = wait_for(process, "The dashboard:")
        assert f"http://127.0.0.1:{port} " in line
        give_up = time.monotonic() + 120
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as answer:
                    assert answer.read() == b"ok"
                break
            except OSError:
                assert time.monotonic() < give_up
                time.sleep(0.2)
        assert (home.root / "datasets" / "shop" / "dataset.toml").is_file()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "Going on: no training, and the supervisor" in err
        assert "Traceback" not in err
        assert choose_port("127.0.0.1", port) == port  # nobody listens any more
        with Store.open(home.database_url) as store:
            state = supervisor_state(store, home)
        assert state.alive
    finally:
        process.kill()
        runner.invoke(app, ["down"])
    assert not psutil.pid_exists(state.pid) or psutil.Process(state.pid).status() == psutil.STATUS_ZOMBIE
