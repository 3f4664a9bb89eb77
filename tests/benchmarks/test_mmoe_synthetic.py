"""The synthetic tasks: their cosine, what the models are made of, a small run, and the verdict.

Shape suffixes: N = rows, T = tasks.
"""

import dataclasses
import sys

import numpy as np
import pytest
import torch

from benchmarks import mmoe_synthetic
from benchmarks.mmoe_synthetic import BUDGET, FEATURES, OPTIONS, PLOT, RECORD, plot
from benchmarks.records import read_record, write_record
from benchmarks.report_synthetic import synthetic_text, verdict
from benchmarks.structure_cost import structure_cost
from benchmarks.synthetic_record import CORRELATIONS, StructureErrors, SyntheticRecord
from benchmarks.synthetic_tasks import NOISE, related_tasks
from benchmarks.synthetic_training import SyntheticModel, parameters_of, settings_within, trained_error
from mtrec_core.model.config import ModelSettings
from mtrec_core.model.sharing import MixtureOfExperts, SharedBottom
from mtrec_core.model.sharing_table import SHARING
from tests.benchmarks.made_up import MACHINE


@pytest.mark.parametrize("correlation", CORRELATIONS)
def test_the_directions_are_unit_vectors_with_the_cosine_that_was_asked_for(correlation):
    first_F, second_F = related_tasks(correlation, 100, seed=3).directions_TF
    assert first_F @ first_F == pytest.approx(1)
    assert second_F @ second_F == pytest.approx(1)
    assert first_F @ second_F == pytest.approx(correlation)


def test_labels_are_the_formula_plus_noise_of_a_variance_of_a_hundredth():
    tasks = related_tasks(0.5, 10, seed=0)
    x_NF, labels_NT = tasks.draw(20_000, np.random.default_rng(1))
    along = float(x_NF[7] @ tasks.directions_TF[1])
    waves = sum(
        np.sin(slope * along + phase) for slope, phase in zip(tasks.slopes_S, tasks.phases_S, strict=True)
    )
    assert tasks.truth(x_NF)[7, 1] == pytest.approx(along + waves)
    noise_NT = labels_NT - tasks.truth(x_NF)
    assert noise_NT.var(axis=0) == pytest.approx([NOISE**2] * 2, rel=0.05)
    assert abs(np.corrcoef(noise_NT.T)[0, 1]) < 0.03


def test_tasks_of_correlation_1_are_one_task_and_a_seed_has_the_same_sines_for_all_correlations():
    same, strangers = related_tasks(1.0, 10, seed=2), related_tasks(0.0, 10, seed=2)
    truth_NT = same.truth(np.random.default_rng(0).standard_normal((50, 10)))
    np.testing.assert_allclose(truth_NT[:, 0], truth_NT[:, 1])
    np.testing.assert_array_equal(same.slopes_S, strangers.slopes_S)
    np.testing.assert_array_equal(same.directions_TF[0], strangers.directions_TF[0])
    assert not np.array_equal(same.slopes_S, related_tasks(1.0, 10, seed=3).slopes_S)


@pytest.mark.parametrize("key", list(OPTIONS))
def test_a_model_reads_every_number_of_a_row_for_each_task_and_trains_all_it_has(key):
    torch.manual_seed(0)
    model = SyntheticModel(key, FEATURES, settings_within(key, OPTIONS[key], FEATURES, BUDGET))
    x_BF = torch.randn(8, FEATURES, requires_grad=True)
    for at in range(2):
        seen_BF = torch.autograd.grad(model(x_BF)[:, at].sum(), x_BF)[0]
        assert (seen_BF.abs().sum(dim=0) > 0).all()
    model(x_BF).square().sum().backward()
    untrained = [name for name, part in model.named_parameters() if part.grad is None or not part.grad.any()]
    assert untrained == []


@pytest.mark.parametrize("key", list(OPTIONS))
def test_every_structure_has_the_same_budget_within_a_twentieth(key):
    settings = settings_within(key, OPTIONS[key], FEATURES, BUDGET)
    assert abs(parameters_of(SyntheticModel(key, FEATURES, settings)) - BUDGET) < BUDGET / 20


def test_the_structures_are_those_of_the_program():
    settings = ModelSettings(width=8)
    assert isinstance(SyntheticModel("mmoe", 5, settings).sharing, MixtureOfExperts)
    assert isinstance(SyntheticModel("shared_bottom", 5, settings).sharing, SharedBottom)
    assert set(SyntheticModel("single", 5, settings).inputs) == {"first", "second"}


def test_training_lowers_the_error_below_that_of_the_mean_and_repeats_for_a_seed():
    tasks, settings = related_tasks(1.0, 2, seed=0), ModelSettings(width=8, dropout=0.0)
    errors = [trained_error("shared_bottom", settings, tasks, steps, 64, seed=0) for steps in (2, 200, 200)]
    # The mean of the labels has an error of 1, the whole variance.
    assert errors[1] < 0.5 < errors[0]
    assert errors[1] == errors[2]


def test_a_small_run_writes_a_record_and_a_plot_and_prints_a_table(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(mmoe_synthetic, "OPTIONS", {"shared_bottom": {}, "mmoe": {"experts": 8}})
    paths = ["--record", str(tmp_path / "record.json"), "--plot", str(tmp_path / "plot.svg")]
    monkeypatch.setattr(sys, "argv", ["mmoe_synthetic", "--seeds", "1", "--steps", "2", *paths])
    mmoe_synthetic.main()
    made = SyntheticRecord.from_json(read_record(tmp_path / "record.json"))
    assert list(made.structures) == ["shared_bottom", "mmoe"]
    assert all(len(errors) == 1 for found in made.structures.values() for errors in found.errors.values())
    assert (tmp_path / "plot.svg").read_text().startswith("<svg")
    assert "shared_bottom" in capsys.readouterr().out


def structure(at_one, at_zero):
    errors = {"1": at_one, "0.9": at_one, "0.5": at_zero, "0": at_zero}
    return StructureErrors(width=16, options={}, parameters=6400, errors=errors)


def record(bottom, mixture):
    return SyntheticRecord(
        command="python -m benchmarks.mmoe_synthetic", made="2026-01-31", machine=MACHINE, budget=6400,
        features=100, steps=1200, batch_size=256, seeds=2,
        structures={"shared_bottom": bottom, "mmoe": mixture},
    )  # fmt: skip


def test_a_record_comes_back_as_it_was_written(tmp_path):
    made = record(structure((0.1, 0.2), (0.2, 0.3)), structure((0.1, 0.2), (0.1, 0.2)))
    write_record(made.to_json(), tmp_path / "one.json")
    assert SyntheticRecord.from_json(read_record(tmp_path / "one.json")) == made


def test_the_expectation_holds_when_the_shared_bottom_grows_more_in_every_seed():
    # Growths 0.2 / 0.1 = 2 and 0.3 / 0.2 = 1.5 against 1.2 and 1.1.
    made = record(structure((0.1, 0.2), (0.2, 0.3)), structure((0.1, 0.2), (0.12, 0.22)))
    assert made.expectation_holds()
    words = " ".join(verdict(made).split())
    assert words.startswith("**The paper's expectation holds here.**")
    # Means 1.75 and 1.15; deviations sqrt(2 * .25^2) = 0.354 and sqrt(2 * .05^2) = 0.071.
    assert "rises in 2 of 2 seeds" in words
    assert "1.75 ± 0.35 against 1.15 ± 0.07 times" in words
    assert "does not rise at every step" in words  # p = 1 and p = 0.9 have the same errors here


def test_a_mean_that_rises_at_every_step_is_not_called_unsteady():
    rising = {"1": (0.1, 0.1), "0.9": (0.2, 0.2), "0.5": (0.3, 0.3), "0": (0.4, 0.4)}
    bottom = dataclasses.replace(structure((0.1, 0.1), (0.4, 0.4)), errors=rising)
    assert "every step" not in verdict(record(bottom, structure((0.1, 0.1), (0.1, 0.1))))


@pytest.mark.parametrize("mixture_end", [(0.12, 0.4), (0.3, 0.22)])
def test_one_seed_in_which_the_mixture_grows_more_is_enough_to_say_no(mixture_end):
    made = record(structure((0.1, 0.2), (0.2, 0.3)), structure((0.1, 0.2), mixture_end))
    assert not made.expectation_holds()
    assert "does not hold in each of 2 seeds" in synthetic_text(made)
    assert "factor than that of `mmoe` in 1 of 2" in " ".join(verdict(made).split())


def test_the_plot_in_the_documents_is_that_of_the_record_with_the_papers_protocol():
    made = SyntheticRecord.from_json(read_record(RECORD))
    assert made.seeds == 5
    assert {"shared_bottom", "mmoe"} <= set(made.structures)
    assert all(set(found.errors) == {f"{p:g}" for p in CORRELATIONS} for found in made.structures.values())
    assert PLOT.read_text(encoding="utf-8") == plot(made)


def test_a_plot_draws_each_line_with_bars_and_the_largest_x_to_the_left():
    made = record(structure((0.1, 0.1), (0.3, 0.3)), structure((0.1, 0.1), (0.1, 0.1)))
    drawn = plot(dataclasses.replace(made, seeds=2))
    assert drawn.count("<polyline") == 2
    assert drawn.count("<circle") == 8
    rising, level = (
        [tuple(map(float, point.split(","))) for point in part.split('"')[0].split()]
        for part in drawn.split('points="')[1:]
    )
    assert [x for x, _ in rising] == sorted(x for x, _ in rising)
    assert rising[-1][1] < rising[0][1]  # up is a smaller y
    assert level[0][1] == level[-1][1]


@pytest.mark.parametrize("key", list(SHARING))
def test_what_a_structure_costs_follows_from_its_matrices(key):
    square = 128 * 128  # of D; a block has two matrices of 2 D^2
    rows = {
        "single": 4 * square,
        "shared_bottom": 4 * square,
        "mmoe": 4 * 2 * square + 128 * 4 + 4 * 128,  # experts, gate, mix
        "esmm": 2 * 4 * square,
        "aitm": 2 * 4 * square + 7 * square,  # two blocks; carry 1, value, key and query 2 each
    }
    cost = structure_cost(key)
    assert cost.parameters > 0
    if key in rows:
        assert cost.row == rows[key]
