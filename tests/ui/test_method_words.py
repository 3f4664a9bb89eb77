"""What the form says of methods, and how a choice becomes settings."""

import pytest

from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.weightings import UserWeights
from mtrec_core.ui import method_words as words

ROWS = words.methods_by_key()


@pytest.mark.parametrize("key", ROWS)
def test_each_method_says_when_to_take_it_how_and_what_becomes_of_the_sliders(key):
    row = ROWS[key]
    told = words.method_words(row)
    for part in (row.use, row.formula, words.WEIGHT_WORDS[row.user_weights]):
        assert part in told


@pytest.mark.parametrize("key", ROWS)
def test_a_chosen_method_is_the_one_that_the_form_shows_again(key):
    row = ROWS[key]
    chosen = words.with_method(ObjectiveSettings(huber_delta=2.0), row, "")
    assert words.key_of(words.method_of(chosen)) == key
    assert (words.options_of(chosen), chosen.huber_delta) == ("", 2.0)
    back = words.with_method(chosen, ROWS["weighting:fixed"], "")
    assert back == ObjectiveSettings(huber_delta=2.0)


def test_options_stay_with_their_method():
    dwa = words.with_method(ObjectiveSettings(), ROWS["weighting:dwa"], "temperature=4.0")
    assert (dwa.weighting_options, words.options_of(dwa)) == ("temperature=4.0", "temperature=4.0")
    cagrad = words.with_method(dwa, ROWS["aggregation:cagrad"], "c=0.2")
    assert (cagrad.weighting, cagrad.weighting_options) == ("fixed", "")
    assert (cagrad.aggregation, words.options_of(cagrad)) == ("cagrad", "c=0.2")


def test_equal_weights_under_an_aggregation_stay_equal():
    both = ObjectiveSettings(weighting="equal", aggregation="upgrad")
    assert words.with_method(both, words.method_of(both), "") == both


def test_two_rows_of_one_name_have_two_keys():
    titles = [words.method_title(row) for row in ROWS.values()]
    assert len(set(titles)) == len(titles) == len(ROWS)


def test_every_kind_of_answer_has_words():
    assert set(words.WEIGHT_WORDS) == set(UserWeights.__args__)
