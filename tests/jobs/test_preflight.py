"""What a run will need, from measured steps; the measurement is kept for runs of the same shape."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mtrec_core.config import RunConfig, with_settings
from mtrec_core.data.drafts import link
from mtrec_core.data.samples import FOLDER
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.jobs.preflight import Measured, estimate, measured, measurement_key

FOUND = Measured(
    device="CPU",
    on_gpu=False,
    parameters=1000,
    rows={"a": 900, "b": 100},
    initial_losses={"a": 2.0, "b": 0.5},
    steps_per_epoch=10,
    seconds_per_step=0.5,
    steps_measured=8,
    seconds_reading=3.0,
    seconds_validation=1.0,
    seconds_test=2.0,
    distinct_texts=500,
    missing_texts=400,
    seconds_per_text=0.01,
    memory_bytes=2 << 30,
    gpu_bytes=0,
    gpu_free=0,
)


def shaped(**settings) -> RunConfig:
    return with_settings(
        RunConfig(dataset=str(FOLDER / "enrolments")),
        {name.replace("__", "."): value for name, value in settings.items()},
    )


def test_time_is_steps_validations_texts_and_tests():
    needed = estimate(FOUND, shaped(training__epochs=4.0))
    assert needed.steps == 4 * 10
    assert needed.seconds_text == pytest.approx(400 * 0.01)
    assert needed.seconds_training == pytest.approx(40 * 0.5 + 4 * 1.0)
    # Tables read, validation before and whole at the end, test before and after.
    assert needed.seconds_judging == pytest.approx(3 + 2 * 1 + 2 * 2)
    assert needed.seconds == pytest.approx(4 + 24 + 9)


def test_most_steps_and_more_validations_count():
    needed = estimate(FOUND, shaped(training__max_steps=15, training__evaluations_per_epoch=2.0))
    assert needed.steps == 15
    assert needed.seconds_training == pytest.approx(15 * 0.5 + 3 * 1.0)  # after 5, 10 and 15 steps


def test_where_the_encoder_learns_each_validation_reads_the_texts_anew():
    needed = estimate(replace(FOUND, seconds_validation=0, seconds_test=0), shaped(text__trainable="full"))
    assert needed.seconds_text == 0
    assert needed.seconds_training == pytest.approx(40 * 0.5 + 4 * 4.0)


def test_a_run_that_takes_nearly_all_of_the_memory_is_tight():
    needed = estimate(FOUND, shaped())
    assert replace(needed, memory_bytes=86, free_bytes=100).is_tight
    assert not replace(needed, memory_bytes=84, free_bytes=100).is_tight


def test_on_a_gpu_its_own_memory_counts():
    needed = estimate(replace(FOUND, on_gpu=True, gpu_bytes=3 << 30, gpu_free=5 << 30), shaped())
    assert (needed.memory_bytes, needed.free_bytes) == (3 << 30, 8 << 30)


def test_the_measurement_serves_all_runs_of_the_same_shape():
    same = [shaped(training__epochs=9.0), shaped(training__learning_rate=0.1, model__dropout=0.5)]
    same += [replace(shaped(), seed=7, name="other", weights={"enrol": 3.0})]
    assert {measurement_key(one) for one in same} == {measurement_key(shaped())}
    others = [
        shaped(model__width=64),
        shaped(training__batch_size=64),
        replace(shaped(), weights={"enrol": 0.0}),
    ]
    assert len({measurement_key(one) for one in [shaped(), *others]}) == 4


def test_other_tables_are_measured_anew(tmp_path: Path):
    spec = link(load_dataset_spec(FOLDER / "enrolments"), tmp_path, "mine")
    first = measurement_key(RunConfig(dataset=str(spec.folder)))
    text = (spec.folder / "dataset.toml").read_text()
    (spec.folder / "dataset.toml").write_text(
        text.replace('"random"', '"user"') + '\n[split]\nkind = "random"\n'
    )
    assert measurement_key(RunConfig(dataset=str(spec.folder))) != first


@pytest.mark.slow
def test_a_few_steps_of_a_real_run_are_measured(config, tmp_path):
    from mtrec_core.trial import main

    main([str(tmp_path / "answer.json"), json.dumps(config.to_json()), str(tmp_path / "vectors")])
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert answer["problem"] == ""
    found = measured(answer)
    tasks = set(load_dataset_spec(config.dataset).tasks)
    assert set(found.rows) == set(found.initial_losses) == tasks
    assert all(loss > 0 for loss in found.initial_losses.values())
    assert found.seconds_per_step > 0
    assert found.steps_measured > 0
    assert found.distinct_texts > 0
    assert found.missing_texts == max(0, found.distinct_texts - 128)
    assert found.memory_bytes > 50 << 20
    assert estimate(found, config).seconds > 0

    shared = replace(config, training=replace(config.training, processes=2))
    main([str(tmp_path / "shared.json"), json.dumps(shared.to_json()), str(tmp_path / "vectors")])
    of_two = measured(json.loads((tmp_path / "shared.json").read_text()))
    assert of_two.device.startswith("2 processes, each on ")
    assert of_two.steps_per_epoch == found.steps_per_epoch
    assert of_two.memory_bytes > 1.5 * found.memory_bytes  # each has the tables and the model


def test_a_wrong_setting_is_an_answer(tmp_path):
    from mtrec_core.trial import main

    run = replace(shaped(), weights={"nobody": 1.0})
    main([str(tmp_path / "answer.json"), json.dumps(run.to_json()), str(tmp_path / "vectors")])
    assert "nobody" in json.loads((tmp_path / "answer.json").read_text())["problem"]
