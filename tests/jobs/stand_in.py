"""A worker's stand-in that trains nothing, as `stand_in.py KIND RUN`: a real process to supervise.

Each has a child in a session of its own, as a program may have that was not written with care.
"""

import os
import signal
import subprocess
import sys
import time

from mtrec_core.home import Home
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store

SLEEP = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(300)"]


def begin(kind: str, run_id: str) -> None:
    """Goes on until it is ended, `deaf` until it is killed; `breaks` and `completes` end by themselves."""
    if kind == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(f"devices: {os.environ.get('CUDA_VISIBLE_DEVICES')}", flush=True)
    with Store.open(Home.from_environment().database_url) as store:
        store.change_state(run_id, RunState.RUNNING)
        if kind == "breaks":
            sys.exit(3)
        subprocess.Popen(SLEEP, start_new_session=True)
        if kind == "completes":
            store.change_state(run_id, RunState.COMPLETED)
            return
    print("at work", flush=True)
    time.sleep(300)


if __name__ == "__main__":
    begin(*sys.argv[1:])
