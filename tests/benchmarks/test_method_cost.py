"""What a step costs with each method: counted in turns, and the record."""

import pytest

from benchmarks.method_cost import COMPARED, CostRecord, measure
from mtrec_core.objective.methods import all_methods


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    rows = [row for row in all_methods() if row.key in ("fixed", "upgrad")]
    return measure(tmp_path_factory.mktemp("vectors"), rows, turns=1, tasks=("high_value", "ad_click"))


def test_each_method_is_a_multiple_of_the_plain_step(record):
    assert set(record.seconds) == {"weighting fixed", "aggregation upgrad"}
    assert record.ratio("weighting fixed") == 1
    assert record.ratio("aggregation upgrad") == record.seconds["aggregation upgrad"] / record.plain > 0
    assert record.steps == 4


def test_a_comparison_is_spread_over_the_steps_between_two(record):
    assert record.comparison_every == 50
    assert record.comparison_share == record.comparison / 50 / record.plain
    assert record.comparison_every > COMPARED


def test_a_record_reads_back(record):
    assert CostRecord.from_json(record.to_json()) == record
