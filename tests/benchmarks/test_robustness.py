"""What adversarial training did: compared over seeds, and told honestly."""

import json

import numpy as np
import pytest

from benchmarks.records import write_record
from benchmarks.report_robustness import robustness_records, robustness_section, verdict
from benchmarks.robustness import compared, configured, summary
from benchmarks.robustness_record import STUDIES, AttackedTask, RobustnessRecord
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.evaluation.draws import Drawn
from mtrec_core.evaluation.robustness import CLEAN, Robustness
from mtrec_core.evaluation.text_attacks import Attack
from tests.benchmarks.made_up import MACHINE

TYPOS = Attack(key="typos", amount=0.1)
SHOP = load_dataset_spec(STUDIES["shop"].folder)


def report(clean, attacked):
    draws = np.linspace(-0.01, 0.01, 41)
    by_attack = {
        name: Drawn(task="tags", metric="map", value=value, draws_S=value + draws, users=9, rows="same")
        for name, value in ((CLEAN, clean), (TYPOS.name, attacked))
    }
    return Robustness(seed=0, synonyms="", rows=0, attacks=(TYPOS,), measured={"tags": by_attack})


def one(attack, verdict, difference=0.1):
    return AttackedTask(
        task="tags", title="Tags", metric="map", attack=attack, plain=0.4, adversarial=0.4 + difference,
        difference=difference, low=difference - 0.05, high=difference + 0.05, verdict=verdict,
    )  # fmt: skip


def record(*numbers):
    return RobustnessRecord(
        study="shop", adversary="fgm", options="eps=0.2", seeds=2, rows=300, command="python -m x",
        made="2026-01-31", machine=MACHINE, settings={}, numbers=numbers,
    )  # fmt: skip


def test_the_difference_is_that_of_the_seeds_means():
    clean, typos = compared([report(0.5, 0.3), report(0.6, 0.4)], [report(0.5, 0.4), report(0.6, 0.5)], SHOP)
    assert (clean.difference, clean.verdict) == (pytest.approx(0.0), "may be chance")
    assert (typos.plain, typos.adversarial) == (pytest.approx(0.35), pytest.approx(0.45))
    assert (typos.difference, typos.verdict) == (pytest.approx(0.1), "better")
    assert "tags map typos=0.1" in summary(record(clean, typos))


def test_a_record_reads_back_and_stands_in_the_docs_with_its_verdict(tmp_path):
    kept = record(
        one("", "may be chance", 0.0), one("typos=0.1", "worse", -0.1), one("vectors=0.2", "better")
    )
    write_record(kept.to_json(), tmp_path / "robustness_shop.json")
    assert "study" not in json.loads((tmp_path / "robustness_shop.json").read_text())
    (found,) = robustness_records(tmp_path)
    assert found.numbers[1].attack == "typos=0.1"
    assert summary(found) == summary(kept)
    page = robustness_section([found])
    assert "| typos, 10% | 0.4000 | 0.3000 | -0.1000 [-0.1500, -0.0500] | worse |" in page
    assert "moved vectors, 0.2 of the length" in page
    assert robustness_section([]) == ""


def test_the_verdict_counts_what_rose_and_what_fell_apart():
    numbers = [one("typos=0.1", "worse"), one("typos=0.3", "may be chance"), one("vectors=0.2", "better")]
    words = " ".join(verdict(record(*numbers)).split())
    assert "under attacks on vectors 1 of 1 metrics are better and 0 worse" in words
    assert "under attacks on words 0 of 2 metrics are better and 1 worse" in words
    assert "clean" not in words


@pytest.mark.parametrize("key", STUDIES)
def test_both_sides_differ_in_the_adversary_alone(key):
    study = STUDIES[key]
    spec = load_dataset_spec(study.folder)
    sides = {"none": "", "fgm": "eps=0.05"}
    plain, attacked = (configured(study, spec, *side).to_json() for side in sides.items())
    assert [side["objective"].pop("adversary_options") for side in (plain, attacked)] == ["", "eps=0.05"]
    assert plain["objective"].pop("adversary") == "none"
    assert attacked["objective"].pop("adversary") == "fgm"
    assert plain.pop("name") != attacked.pop("name")
    assert plain == attacked
