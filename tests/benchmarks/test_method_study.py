"""Methods side by side: the record, what of it is chance, the section of the docs, and a real training."""

import dataclasses

import pytest

from benchmarks.machine import this_machine
from benchmarks.method_record import PLAIN, MethodRecord, MethodRuns, chance, holm
from benchmarks.method_study import STUDIES, begin, config_of, summary, train
from benchmarks.records import write_record
from benchmarks.report_methods import methods_section
from mtrec_core.objective.aggregations import AGGREGATIONS


def runs(*values):
    return MethodRuns(
        test=tuple({"buy": buy, "price": price} for buy, price in values), seconds=(1.0,) * len(values)
    )


@pytest.fixture
def record():
    return MethodRecord(
        study="shop",
        title="A shop",
        protocol="Two tasks.",
        command="python -m benchmarks.method_study shop",
        made="2026-01-31",
        machine=this_machine(),
        settings={"model.width": 32},
        headlines={"buy": "ndcg@10", "price": "rmse"},
        seeds=(0, 1, 2),
        methods={
            PLAIN: runs((0.5, 2.0), (0.4, 2.0), (0.5, 4.0)),
            # buy +20 %, +10 %, +20 %; price 10 % less error each time
            "aggregation upgrad": runs((0.6, 1.8), (0.44, 1.8), (0.6, 3.6)),
            "weighting rlw": runs((0.4, 2.0), (0.44, 2.0), (0.5, 4.0)),
            "weighting uw": runs((0.5, 2.0)),
        },
    )


def test_delta_m_is_the_mean_gain_of_the_tasks_seed_by_seed(record):
    assert record.gains("aggregation upgrad") == pytest.approx([0.15, 0.10, 0.15])
    # -20 %, +10 % and 0 of one task, 0 of the other
    assert record.gains("weighting rlw") == pytest.approx([-0.10, 0.05, 0.0])


def test_a_method_that_is_not_through_is_left_out(record):
    assert set(record.verdicts()) == {"aggregation upgrad", "weighting rlw"}


def test_a_difference_is_real_when_the_seeds_agree_and_it_stands_the_correction(record):
    upgrad, rlw = (record.verdicts()[name] for name in ("aggregation upgrad", "weighting rlw"))
    # mean .1333, standard error .0167: t = 8 with 2 degrees of freedom
    assert upgrad.chance == pytest.approx(0.01527, abs=1e-4)
    assert upgrad.corrected == pytest.approx(2 * 0.01527, abs=2e-4)
    assert upgrad.is_real
    assert not rlw.agree
    assert not rlw.is_real


def test_holm_multiplies_the_smallest_by_all_and_never_falls():
    assert holm([0.03, 0.01, 0.04]) == pytest.approx([0.06, 0.03, 0.06])  # 2 x .03, 3 x .01, max(.06, .04)
    assert holm([0.6, 0.7]) == [1.0, 1.0]


def test_chance_of_one_seed_or_of_no_difference_is_1():
    assert chance([0.3]) == chance([0.0, 0.0]) == 1.0


def test_the_section_shows_numbers_and_says_what_is_real(record):
    text = methods_section(record)
    assert "| `fixed` | 0.4667 ± 0.0577 |" in text
    assert "| `upgrad` (gradients) |" in text
    assert "| +13.3% ± 2.9% | 0.03 |" in text
    assert "After the correction `upgrad` is better than plain training." in text
    without = dataclasses.replace(
        record, methods={PLAIN: record.methods[PLAIN], "weighting rlw": record.methods["weighting rlw"]}
    )
    assert "No method is better than plain training" in methods_section(without)


def test_what_stands_only_alone_is_called_a_hint(record):
    many = {f"weighting {key}": record.methods["weighting rlw"] for key in ("uw", "dwa", "gls")}
    text = " ".join(methods_section(dataclasses.replace(record, methods=record.methods | many)).split())
    assert "No method is better" in text  # .015 x 5 methods is above .05
    assert "Taken alone, `upgrad` would pass for better" in text


def test_a_record_reads_back_and_is_continued_only_by_the_same_trainings(record, tmp_path):
    assert MethodRecord.from_json(record.to_json()) == record
    study, place = STUDIES["shop"], tmp_path / "record.json"
    first = begin(study, (0, 1), place)
    write_record(dataclasses.replace(first, methods=record.methods).to_json(), place)
    assert begin(study, (0, 1, 2), place).methods == record.methods
    other = dataclasses.replace(study, settings={**study.settings, "model.width": 64})
    assert begin(other, (0, 1), place).methods == {}


def test_the_summary_puts_the_best_gain_first(record):
    assert [line.split()[1] for line in summary(record).splitlines()[1:]] == ["fixed", "upgrad", "rlw"]


@pytest.mark.slow
def test_a_short_training_gives_every_headline_metric(tmp_path):
    study = STUDIES["shop"]
    config = config_of(study, AGGREGATIONS["upgrad"], seed=1)
    assert (config.seed, config.objective.aggregation, config.model.width) == (1, "upgrad", 32)
    shorter = dataclasses.replace(config, training=dataclasses.replace(config.training, max_steps=6))
    found = train(study, shorter, tmp_path)
    assert set(found) == {"purchase", "returned"}
    assert all(0 <= value <= 1 for value in found.values())
