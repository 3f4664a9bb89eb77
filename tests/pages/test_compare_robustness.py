"""The Compare page's view of runs whose texts are attacked."""

from dataclasses import replace

import numpy as np
import pytest

from mtrec_core.evaluation.draws import Drawn
from mtrec_core.evaluation.robustness import CLEAN, Robustness, save_robustness
from mtrec_core.evaluation.text_attacks import Attack
from mtrec_core.home import Home
from mtrec_core.store.store import Store
from tests.pages.test_compare import page, texts
from tests.synthetic_runs import fill

TYPOS = Attack(key="typos", amount=0.1)


def drawn(value, run):
    draws = value + 0.01 * np.random.default_rng(run).normal(size=500)
    return Drawn(task="ad_click", metric="auc", value=value, draws_S=draws, users=50, rows="same")


def report(clean, attacked, run):
    by_attack = {CLEAN: drawn(clean, run), TYPOS.name: drawn(attacked, run)}
    return Robustness(seed=0, synonyms="list", rows=0, attacks=(TYPOS,), measured={"ad_click": by_attack})


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Three runs, the first two of them measured: under typos the second is better."""
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.delenv("MTREC_DB", raising=False)
    home = Home.from_environment()
    ids = fill(home, runs=3, points=5)
    with Store.open(home.database_url) as store:
        found = [store.get_run(run) for run in ids]
    save_robustness(report(0.8, 0.6, 1), home.run_folder(found[0].id))
    save_robustness(report(0.8, 0.7, 2), home.run_folder(found[1].id))
    return found


def test_runs_stand_beside_each_other_attack_by_attack(runs):
    test = page("robustness", "1,2", {"base": "1"})
    table = test.dataframe[1].value
    assert table["attack"].tolist() == ["Clean", "Clean", "Typos, 10%", "Typos, 10%"]
    second = table[table["run"].str.startswith("#2")]
    assert second["difference"].tolist() == pytest.approx([0.0, 0.1])
    assert second["verdict"].tolist() == ["may be chance", "better"]
    assert "better in 1 of 2 comparisons" in texts(test)
    assert not test.code


def test_a_run_that_was_not_measured_gets_the_command_that_does_it(runs):
    test = page("robustness", "1,2,3")
    assert "Not measured yet: \\#3" in texts(test)
    assert test.code[0].value == f"python -m mtrec_core robustness {runs[2].id}"
    assert len(test.dataframe) == 2


def test_runs_that_met_other_attacks_are_left_out_and_said_so(runs):
    save_robustness(replace(report(0.8, 0.7, 2), seed=5), runs[1].folder)
    test = page("robustness", "1,2", {"base": "1"})
    assert "\\#2 met other attacks" in texts(test)
    assert set(test.dataframe[1].value["run"].str[:2]) == {"#1"}


def test_a_broken_report_is_a_sentence_and_the_rest_is_shown(runs):
    (runs[1].folder / "robustness.json").write_text("{")
    test = page("robustness", "1,2")
    assert "can't be read" in texts(test)
    assert len(test.dataframe) == 2
