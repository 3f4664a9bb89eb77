"""A process of its own that uses a store, started by the tests as `worker.py VERB URL ...`.

It acts after a line of input, so that several can begin together.
"""

import sys
from itertools import count

from mtrec_core.store.store import Store


def open_store(url: str) -> None:
    Store.open(url).close()


def write(url: str, run_id: str, points: str) -> None:
    """Writes that many points, as fast as it can."""
    with Store.open(url) as store, store.writer(run_id, lambda name: False) as writer:
        for step in range(int(points)):
            writer.add("loss", 1 / (step + 1), step=step)


def write_on(url: str, run_id: str) -> None:
    """Writes points in small batches until it is killed."""
    with Store.open(url) as store, store.writer(run_id, lambda name: False) as writer:
        for step in count():
            writer.add("loss", 1 / (step + 1), step=step)
            writer.add("accuracy", step / (step + 1), step=step)
            if step % 7 == 0:
                writer.flush()


if __name__ == "__main__":
    verb, *arguments = sys.argv[1:]
    print("ready", flush=True)
    sys.stdin.readline()
    {"open": open_store, "write": write, "write_on": write_on}[verb](*arguments)
    print("done", flush=True)
