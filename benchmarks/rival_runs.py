"""The points of a store once more, as TensorBoard and MLflow keep them. No torch here, and nothing of the
program.

    PYTHON -m benchmarks.rival_runs {tensorboard,mlflow} STORE FOLDER

PYTHON has tensorboard, google-crc32c and mlflow, which the program itself does not need. STORE is the SQLite
file of a home. Both get every point: TensorBoard an event file per run in its own format, MLflow runs made by
its client and their points straight in its SQLite tables, because its interface would take an hour.
"""

import argparse
import sqlite3
import struct
import time
from collections.abc import Iterator
from pathlib import Path

RUNS = "SELECT id, number FROM runs WHERE name <> 'Live' ORDER BY number"
CURVES = "SELECT id, task, split, name FROM summaries WHERE run_id = ? ORDER BY id"
POINTS = "SELECT step, value FROM points WHERE series_id = ? ORDER BY id"
METRICS = """INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, 0)"""
LATEST = (
    """INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, 0, ?)"""
)
BEGAN = 1_750_000_000

Points = list[tuple[int, float]]


def curves_of(store: sqlite3.Connection, run: str) -> Iterator[tuple[str, Points]]:
    """(split/task/name, points) of one run."""
    for series, task, split, name in store.execute(CURVES, (run,)).fetchall():
        # MLflow takes no "@" in a metric's name.
        yield f"{split}/{task}/{name.replace('@', '_at_')}", store.execute(POINTS, (series,)).fetchall()


def write_tensorboard(store: sqlite3.Connection, folder: Path) -> None:
    """A folder with an event file per run."""
    from google_crc32c import value as crc32c
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    def masked(data: bytes) -> bytes:
        check = crc32c(data)
        return struct.pack("<I", (((check >> 15) | (check << 17)) + 0xA282EAD8) & 0xFFFFFFFF)

    def record(event: "Event") -> bytes:
        data: bytes = event.SerializeToString()
        length = struct.pack("<Q", len(data))
        return length + masked(length) + data + masked(data)

    for run, number in store.execute(RUNS).fetchall():
        own = folder / f"run_{number:03}"
        own.mkdir(parents=True)
        with (own / f"events.out.tfevents.{BEGAN}.made").open("wb") as file:
            file.write(record(Event(wall_time=BEGAN, file_version="brain.Event:2")))
            for tag, points in curves_of(store, run):
                for step, value in points:
                    summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
                    file.write(record(Event(wall_time=BEGAN + step, step=step, summary=summary)))


def write_mlflow(store: sqlite3.Connection, folder: Path) -> None:
    """A SQLite file with the runs."""
    import mlflow

    folder.mkdir(parents=True)
    address = f"sqlite:///{folder / 'mlflow.db'}"
    client = mlflow.MlflowClient(tracking_uri=address)
    experiment = client.create_experiment("made up", artifact_location=str(folder / "artifacts"))
    runs = [
        (run, client.create_run(experiment, run_name=f"run_{number:03}").info.run_id)
        for run, number in store.execute(RUNS).fetchall()
    ]
    with sqlite3.connect(folder / "mlflow.db") as tables:
        tables.execute("PRAGMA synchronous = OFF")
        for run, theirs in runs:
            for key, points in curves_of(store, run):
                times = [(BEGAN + step) * 1000 for step, _ in points]
                rows = zip(points, times, strict=True)
                tables.executemany(
                    METRICS, ((key, value, when, theirs, step) for (step, value), when in rows)
                )
                step, value = points[-1]
                tables.execute(LATEST, (key, value, times[-1], step, theirs))


def main() -> None:
    """Writes the runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rival", choices=["tensorboard", "mlflow"])
    parser.add_argument("store", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    began = time.monotonic()
    with sqlite3.connect(f"file:{given.store}?mode=ro", uri=True) as store:
        {"tensorboard": write_tensorboard, "mlflow": write_mlflow}[given.rival](store, given.folder)
    print(f"{given.rival}: written in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
