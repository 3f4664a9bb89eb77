"""Runs of the sample shop as a training would record them, with curves made up by formula: for pages to
show."""

import dataclasses
import json
from functools import cache
from pathlib import Path

import numpy as np

from mtrec_core.config import RunConfig
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.home import Home
from mtrec_core.store.records import RunProgress, RunRecord
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store

SHOP = Path(__file__).resolve().parents[2] / "sample_data" / "shop"
TOTAL_STEPS = 400
STEPS_PER_EPOCH = 100


@cache
def shop() -> DatasetSpec:
    return load_dataset_spec(SHOP)


def record_run(
    store: Store,
    home: Home,
    *,
    state: RunState = RunState.COMPLETED,
    steps: int = TOTAL_STEPS,
    name: str = "Shop",
    seed: int = 0,
    reason: str = "",
    every: int = 1,
) -> RunRecord:
    """A run of the shop that has trained `steps` steps, of which every n-th is recorded, and is in
    `state`."""
    spec = shop()
    plain = json.loads(json.dumps(dataclasses.asdict(spec), default=str))
    dataset = store.add_dataset(name=spec.name, folder=spec.folder, fingerprint="made up", spec=plain)
    config = RunConfig(dataset=str(spec.folder), name=name, seed=seed)
    run = store.add_run(
        dataset=dataset,
        config=config.to_json(),
        config_fingerprint=config.fingerprint(),
        runs_folder=home.runs,
        name=name,
        seed=seed,
    )
    if state is RunState.QUEUED:
        return run
    store.change_state(run.id, RunState.STARTING)
    home.run_folder(run.id)
    (run.folder / "run.log").write_text("2026-01-01 12:00:00 Training 8 tasks on CPU\n", encoding="utf-8")
    if state is RunState.STARTING:
        store.beat(run.id, RunProgress(stage="text", text="Encoding 4,900 texts", done=1200, total=4900))
        return store.get_run(run.id)
    store.change_state(run.id, RunState.RUNNING)
    write_points(store, run.id, range(1, steps + 1, every), seed)
    progress = RunProgress(
        stage="train", text="Training", step=steps, total_steps=TOTAL_STEPS, epoch=steps / STEPS_PER_EPOCH,
        epochs=TOTAL_STEPS / STEPS_PER_EPOCH, rows_per_second=2150.0, eta_seconds=(TOTAL_STEPS - steps) *
        0.25,
        memory_bytes=1_450_000_000,
    )  # fmt: skip
    store.beat(run.id, progress)
    if state is RunState.COMPLETED:
        store.set_result(run.id, made_up_result(run.id), best_step=300, rows_per_second=2150.0)
    if state is not RunState.RUNNING:
        if state is not RunState.LOST:
            store.change_state(run.id, state, reason)
        else:
            store.change_state(run.id, state, reason or "Its process is gone.")
    return store.get_run(run.id)


def write_points(store: Store, run_id: str, steps: range, seed: int = 0) -> None:
    """Losses that fall with noise, weights, shares and a learning rate; a validation per epoch."""
    noise = np.random.default_rng(seed)
    tasks = list(shop().tasks)
    with store.writer(run_id) as writer:
        for step in steps:
            where = {"step": step, "epoch": step / STEPS_PER_EPOCH, "seconds": step * 0.25}
            losses = {
                task: float(
                    (1 + at) * (0.35 + 0.65 * np.exp(-step / (60 + 20 * at))) * noise.lognormal(0, 0.12)
                )
                for at, task in enumerate(tasks)
            }
            total = sum(losses.values())
            for task, loss in losses.items():
                writer.add("loss", loss, task=task, split="train", **where)
                writer.add("weight", 1.0, task=task, split="train", **where)
                writer.add("share", loss / total, task=task, split="train", **where)
            writer.add("total_loss", total, task="", split="train", **where)
            rate = 2e-3 * min(1.0, step / 20) * (1 - step / (TOTAL_STEPS * 1.1))
            writer.add("learning_rate", rate, task="", split="train", **where)
            if step % 50 == 0:
                _compare(writer, tasks, where, noise)
            if step % (STEPS_PER_EPOCH // 2) == 0 or step == steps[0]:
                _validate(writer, tasks, where, noise)


def _compare(writer, tasks: list[str], where: dict, noise: np.random.Generator) -> None:
    for at, task in enumerate(tasks):
        writer.add("gradient_norm", float(noise.lognormal(0, 0.2)), task=task, split="train", **where)
        for other in tasks[at + 1 :]:
            cosine = float(np.tanh(0.4 * np.cos(at) + noise.normal(0, 0.1)))
            writer.add(f"cosine:{other}", cosine, task=task, split="train", **where)


def _validate(writer, tasks: list[str], where: dict, noise: np.random.Generator) -> None:
    gain = 1 - np.exp(-where["step"] / 120)
    for at, task in enumerate(tasks):
        headline = TASK_KINDS[shop().tasks[task].kind].headline
        value = 0.5 + (0.4 - 0.03 * at) * gain + noise.normal(0, 0.004)
        writer.add(headline, float(value), task=task, split="validation", **where)
    writer.add("monitor", float(gain), task="", split="validation", **where)


def made_up_result(run_id: str) -> dict:
    """A result in the form of `results.RunResult.to_json`."""
    tasks = {}
    for at, (name, task) in enumerate(shop().tasks.items()):
        headline = TASK_KINDS[task.kind].headline
        tasks[name] = {
            "kind": task.kind,
            "headline": headline,
            "test": {headline: 0.86 - 0.03 * at},
            "before": {headline: 0.5},
            "validation": {headline: 0.87 - 0.03 * at},
            "baselines": {"popularity": {headline: 0.7}, "constant": {headline: 0.5}},
            "split": "by time",
        }
    return {
        "run": run_id, "state": "completed", "seconds": 102.0, "rows_per_second": 2150.0, "best_step": 300,
        "steps": TOTAL_STEPS, "device": "CPU", "notes": [], "tasks": tasks,
    }  # fmt: skip
