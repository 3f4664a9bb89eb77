"""Which steps of a run become points of its curves."""

import pytest

from mtrec_core.recording import DENSE_STEPS, POINTS_PER_CURVE, is_recorded


def recorded(total: int, until: int) -> list[int]:
    return [number for number in range(1, until + 1) if is_recorded(number, total)]


def test_a_short_run_records_each_step():
    assert recorded(2_000, 2_000) == list(range(1, 2_001))


@pytest.mark.parametrize("total", [20_000, 1_000_000])
def test_a_run_of_any_length_begins_with_each_step(total):
    assert recorded(total, DENSE_STEPS) == list(range(1, DENSE_STEPS + 1))


def test_the_steps_between_points_grow_to_those_of_a_short_curve():
    found = recorded(20_000, 20_000)
    assert found[98:101] == [99, 100, 101]
    assert [number for number in found if 297 < number < 304] == [298, 300, 303]
    # 20,000 steps, 2,000 points: every tenth.
    assert [number for number in found if 1_500 < number < 1_530] == [1_510, 1_520]
    assert found[-1] == 20_000


@pytest.mark.parametrize("total", [4_001, 20_000, 300_007])
def test_a_curve_stays_about_as_short(total):
    # With every = total // 2,000, up to twice as many where that rounds down, and 100 per band of 100 steps:
    # 100 (1 + 1/2 + ... + 1/every) before the spacing is reached.
    every = total // POINTS_PER_CURVE
    dense = DENSE_STEPS * sum(1 / width for width in range(1, every + 1))
    assert len(recorded(total, total)) <= total / every + dense + every + 1


def test_the_last_step_is_recorded():
    assert recorded(20_007, 20_007)[-1] == 20_007
