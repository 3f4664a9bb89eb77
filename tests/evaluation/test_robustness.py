"""Reports of robustness: kept, read, joined, and set against each other."""

from dataclasses import replace

import numpy as np
import pytest

from mtrec_core.errors import DataError
from mtrec_core.evaluation.draws import Drawn
from mtrec_core.evaluation.robustness import (
    CLEAN,
    FILE,
    Robustness,
    load_robustness,
    merged,
    save_robustness,
    set_against,
)
from mtrec_core.evaluation.text_attacks import Attack

TYPOS, DROPS = Attack(key="typos", amount=0.1), Attack(key="drops", amount=0.3)


def drawn(value, spread=0.01, task="tags", rows="same"):
    draws = value + spread * np.random.default_rng(int(value * 1000)).normal(size=500)
    return Drawn(task=task, metric="map", value=value, draws_S=draws, users=50, rows=rows)


def report(clean, typos, attacks=(TYPOS,)):
    by_attack = {CLEAN: drawn(clean)} | {attack.name: drawn(typos) for attack in attacks}
    return Robustness(seed=0, synonyms="list", rows=0, attacks=tuple(attacks), measured={"tags": by_attack})


def test_a_report_reads_back_as_it_was_kept(tmp_path):
    kept = report(0.5, 0.4)
    assert load_robustness(tmp_path) is None
    save_robustness(kept, tmp_path)
    found = load_robustness(tmp_path)
    assert (found.seed, found.synonyms, found.attacks) == (0, "list", (TYPOS,))
    one, other = kept.measured["tags"]["typos=0.1"], found.measured["tags"]["typos=0.1"]
    assert (one.value, one.users, one.rows, one.metric) == (
        other.value,
        other.users,
        other.rows,
        other.metric,
    )
    np.testing.assert_allclose(one.draws_S, other.draws_S, rtol=1e-5)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_broken_file_is_named_and_one_of_another_version_counts_as_none(tmp_path):
    (tmp_path / FILE).write_text("{")
    with pytest.raises(DataError, match=r"robustness\.json can't be read"):
        load_robustness(tmp_path)
    (tmp_path / FILE).write_text(
        '{"format": 0, "seed": 0, "synonyms": "", "rows": 0, "attacks": [], "tasks": {}}'
    )
    assert load_robustness(tmp_path) is None


def test_what_an_attack_costs_has_an_interval():
    lost = report(0.5, 0.4).lost("tags", "typos=0.1")
    assert lost.difference == pytest.approx(0.4 - 0.5)
    assert lost.low < -0.1 < lost.high < 0


def test_the_second_run_is_better_where_its_interval_says_so():
    found = {pair.attack: pair.interval for pair in set_against(report(0.5, 0.3), report(0.5, 0.4))}
    assert found["typos=0.1"].difference == pytest.approx(0.1)
    assert (found["typos=0.1"].better, found[CLEAN].better) == ("a", "")


def test_runs_that_were_attacked_in_different_ways_are_not_compared():
    same = report(0.5, 0.4)
    for other in (replace(same, seed=1), replace(same, synonyms="other"), replace(same, rows=9)):
        with pytest.raises(DataError, match="different seeds or lists"):
            set_against(same, other)


def test_joined_reports_hold_the_attacks_of_both_and_the_newer_of_one_that_both_have():
    joined = merged(report(0.5, 0.4, attacks=(TYPOS, DROPS)), report(0.5, 0.2))
    assert joined.attacks == (DROPS, TYPOS)
    values = {name: one.value for name, one in joined.measured["tags"].items()}
    assert values == {CLEAN: 0.5, "typos=0.1": 0.2, "drops=0.3": 0.4}
