"""Heads that read n-grams and begin as a linear model of them."""

import numpy as np
import pytest
import torch

from mtrec_core.config import with_settings
from mtrec_core.errors import SettingError
from mtrec_core.evaluation.baselines.linear_choice import fit_linear
from mtrec_core.evaluation.baselines.problem import Problem
from mtrec_core.judge import split_metrics
from mtrec_core.linear_start import STRENGTHS, NgramColumns
from mtrec_core.model.batches import make_batch
from mtrec_core.prepare import prepare
from mtrec_core.training.events import ignore

NGRAMS = {"model.ngram_buckets": 256, "training.max_steps": 4}
LINEAR = NGRAMS | {"model.ngram_start": "linear"}
POINTWISE = ("liked", "stars", "ad_click", "gold", "segment", "tags")


@pytest.fixture
def prepared(new_run):
    def make(tasks=POINTWISE, settings=LINEAR):
        run = new_run(tasks, settings)
        return prepare(run.config, run.vectors, ignore), run.config

    return make


def outputs_of(prepared, task, split):
    rows = prepared.dataset.tasks[task].rows(split)
    prepared.model.eval()
    with torch.no_grad():
        batch = make_batch(prepared.dataset, prepared.dataset.tasks[task], rows)
        return rows, prepared.model({task: batch})[task].numpy()


def test_before_training_a_head_gives_what_the_linear_model_gives(prepared):
    found, config = prepared()
    for task in POINTWISE:
        rows, outputs = outputs_of(found, task, "test")
        problem = Problem(dataset=found.dataset, task=task, splits=(), seed=config.seed)
        columns = NgramColumns(
            features=found.model.features,
            task=problem.data,
            entities=tuple(found.model.ngram_heads[task]),
            buckets=256,
        )
        fitted = fit_linear(problem, columns.matrix, STRENGTHS)
        assert fitted is not None, task
        plan = found.model.plan.tasks[task]
        expected = fitted.slope * fitted.decide(columns.matrix(rows)) + fitted.offset
        assert np.ptp(expected) > 0, task
        expected = (expected - plan.label_mean) / plan.label_spread
        np.testing.assert_allclose(outputs.reshape(expected.shape), expected, atol=1e-4, err_msg=task)


def test_what_words_tell_is_known_before_the_first_step(prepared):
    begun, config = prepared(("tags",), LINEAR)
    plain, plain_config = prepared(("tags",), NGRAMS)
    known = split_metrics(begun, config, "test")[1]["tags"]
    unknown = split_metrics(plain, plain_config, "test")[1]["tags"]
    assert known["micro_f1"] > unknown["micro_f1"] + 0.1


def test_rankings_begin_at_zero(prepared):
    found, _config = prepared(("search", "tags"), LINEAR)
    sizes = {
        task: max(float(part.abs().max().detach()) for part in heads.parameters())
        for task, heads in found.model.ngram_heads.items()
    }
    assert sizes["search"] == 0
    assert sizes["tags"] > 0


def test_a_probability_that_is_multiplied_by_the_one_before_it_begins_at_zero(funnel_config, tmp_path):
    config = with_settings(funnel_config, LINEAR | {"model.sharing": "esmm"})
    found = prepare(config, tmp_path, ignore)
    sizes = {
        task: max(float(part.abs().max().detach()) for part in found.model.ngram_heads[task].parameters())
        for task in ("ad_click", "ad_buy")
    }
    assert sizes["ad_click"] > 0
    assert sizes["ad_buy"] == 0


@pytest.mark.parametrize("rate", [0.0, 1e-2])
def test_a_step_size_of_zero_leaves_the_heads_as_they_start(new_run, rate):
    run = new_run(("tags", "stars"), LINEAR | {"training.ngram_learning_rate": rate})
    start = {
        name: part.clone()
        for name, part in prepare(run.config, run.vectors, ignore).model.named_parameters()
        if name.startswith("ngram_heads.")
    }
    run.train()
    end = run.saved()
    moved = [name for name, part in start.items() if not torch.equal(part, end[f"model/{name}"])]
    assert bool(moved) == bool(rate)


def test_a_run_that_began_as_linear_goes_on_bit_for_bit(new_run):
    whole, broken = (new_run(("tags", "stars", "gold"), LINEAR) for _time in range(2))
    whole.train()
    broken.train(stop_after=2)
    broken.train(resume=True)
    once, twice = whole.saved(), broken.saved()
    assert [name for name, part in once.items() if not torch.equal(part, twice[name])] == []


def test_an_unknown_start_is_an_error(config):
    with pytest.raises(SettingError, match="ngram_start"):
        with_settings(config, {"model.ngram_start": "quadratic"})


@pytest.mark.parametrize("without", [{"model.ngram_buckets": 0}, {"model.ngram_heads": False}])
def test_a_linear_start_without_heads_that_read_ngrams_is_an_error(config, without):
    with pytest.raises(SettingError, match=r"model\.ngram_start=linear.*model\.ngram_buckets"):
        with_settings(config, LINEAR | without)
