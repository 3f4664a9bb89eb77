"""The settings of the evaluation."""

import pytest

from mtrec_core.errors import SettingError
from mtrec_core.evaluation.config import EvaluationSettings


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"list_length": 9}, "list_length is 9; it must be 10 or more"),
        ({"max_validation_lists": -1}, "max_validation_lists must be 0"),
        ({"bootstrap_samples": 99}, "bootstrap_samples is 99; an interval needs 100 or more"),
    ],
)
def test_a_value_out_of_range_is_refused_with_the_rule(change, told):
    with pytest.raises(SettingError, match=told):
        EvaluationSettings(**change)


def test_the_smallest_values_are_accepted():
    smallest = EvaluationSettings(list_length=10, max_validation_lists=0, bootstrap_samples=100)
    assert (smallest.list_length, smallest.max_validation_lists, smallest.bootstrap_samples) == (10, 0, 100)
