"""How a run's processes come and go: those it starts itself, and those of `accelerate launch`."""

import json
import os
import signal
import subprocess
import sys

import psutil
import pytest
from torch import distributed

from mtrec_core.pipeline import train_in
from mtrec_core.training.events import StepEvent
from mtrec_core.training.processes import ProcessesError
from tests.contracts.source_files import PROJECT


def helpers():
    """Helpers of this process that live."""
    return [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "mtrec_core.helper_process" in child.cmdline()
    ]


@pytest.mark.slow
def test_a_helper_outlives_signals_that_are_not_for_it_and_a_run_that_loses_it_fails_with_a_sentence(new_run):
    run = new_run(settings={"training.processes": 2, "training.max_steps": 400})

    def listen(event):
        run.events.append(event)
        if isinstance(event, StepEvent) and event.step in (2, 5):
            (helper,) = helpers()
            for number in (signal.SIGINT, signal.SIGTERM) if event.step == 2 else (signal.SIGKILL,):
                helper.send_signal(number)

    sentence = r"^Process 2 of the run's 2 is gone \(killed by signal 9\)\. Go on with --resume"
    with pytest.raises(ProcessesError, match=sentence):
        train_in(run.folder, run.config, run.vectors, "run", listen, lambda: False)
    assert 5 <= run.steps[-1].step < 400
    assert helpers() == []
    assert not distributed.is_initialized()


@pytest.mark.slow
def test_the_command_line_trains_under_accelerate_launch_with_one_run_in_the_store(new_run, tmp_path):
    run = new_run(("stars", "tags"), {})
    settings = {
        "training.max_steps": 3,
        "model.width": 16,
        "evaluation.baselines": False,
        "text.encoder": run.config.text.encoder,
        "training.device": "cpu",
    }
    chosen = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes=2"),
            *("--num_machines=1", "--mixed_precision=no", "--dynamo_backend=no", "--main_process_port=0"),
            *("-m", "mtrec_core", "train", run.config.dataset, "--tasks", "stars,tags", *chosen, "--json"),
        ],
        cwd=PROJECT,
        env=os.environ
        | {"MTREC_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("{")]  # the other says nothing
    told = json.loads(line)
    assert told["steps"] == 3
    assert len(list((tmp_path / "home" / "runs").iterdir())) == 1
