"""The formula says the weights; presets keep what is locked."""

import pytest

from mtrec_core.ui import train_weights as weights


def test_normalised_weights_have_mean_1_and_keep_their_ratios():
    assert weights.normalised({"a": 2, "b": 1, "c": 1}) == {"a": 1.5, "b": 0.75, "c": 0.75}


def test_a_task_that_is_left_out_stays_out():
    # Two tasks count, so that their mean is 1: (3 + 1) / 2 -> 1.5 and 0.5.
    assert weights.normalised({"a": 3, "b": 1, "c": 0}) == {"a": 1.5, "b": 0.5, "c": 0}


def test_a_locked_weight_stays_and_the_others_share_the_rest():
    # 3 - 2 = 1 is left for two.
    assert weights.normalised({"a": 2, "b": 1, "c": 1}, {"a"}) == {"a": 2, "b": 0.5, "c": 0.5}
    assert weights.equal({"a": 2, "b": 5}, {"a"}) == {"a": 2, "b": 1.0}


def test_locked_weights_that_leave_no_room_leave_the_others_as_they_are():
    assert weights.normalised({"a": 5, "b": 1}, {"a"}) == {"a": 5, "b": 1}


def test_by_inverse_loss_each_task_adds_as_much():
    found = weights.by_inverse_loss({"a": 1, "b": 1}, {"a": 4.0, "b": 1.0})
    assert found == {"a": 0.4, "b": 1.6}
    assert found["a"] * 4.0 == pytest.approx(found["b"] * 1.0)


def test_by_data_size_the_weights_follow_the_rows():
    assert weights.by_data_size({"a": 1, "b": 1}, {"a": 300, "b": 100}) == {"a": 1.5, "b": 0.5}
    assert weights.by_data_size({"a": 1, "b": 7, "c": 1}, {"a": 300, "c": 100}) == {"a": 1, "b": 7, "c": 1}


def test_the_formula_names_each_task_with_its_letter_and_its_weight():
    terms = weights.terms_of({"purchase": 2.0, "ad_click": 0.25, "tags": 0.0}, equal=False, dark=False)
    assert weights.formula_words(terms) == "L = 2 L_purchase + 0.25 L_ad_click"
    drawn = weights.formula_html(terms, numbers=True)
    for part in (
        "<i>α</i>",
        "L<sub>purchase</sub>",
        ">β = 0.25<",
        'aria-label="L = 2 L_purchase + 0.25 L_ad_click"',
    ):
        assert part in drawn
    # The task without a weight is drawn struck through, and the bar has two parts: 2 / 2.25 and 0.25 / 2.25.
    assert drawn.count("mt-out") == 2  # the rule and the one task
    assert "width:88.89%" in drawn
    assert "width:11.11%" in drawn


def test_equal_draws_1_for_every_task_that_is_trained():
    terms = weights.terms_of({"a": 3.0, "b": 0.0}, equal=True, dark=True)
    assert [term.weight for term in terms] == [1.0, 0.0]


def test_a_name_out_of_a_table_can_not_bring_markup():
    terms = weights.terms_of({"<script>": 1.0}, equal=False, dark=False)
    assert "<script>" not in weights.formula_html(terms, numbers=True)


def test_weights_that_a_method_undoes_are_not_written_below_their_letters():
    terms = weights.terms_of({"a": 3.0}, equal=False, dark=False)
    assert "3" in weights.formula_html(terms, numbers=True).partition("<i>α</i>")[2].partition("mt-bar")[0]
    assert "<b" not in weights.formula_html(terms, numbers=False)


def test_the_twenty_fifth_task_has_a_name_too():
    assert [weights.symbol(place) for place in (0, 1, 23, 24)] == ["α", "β", "ω", "w25"]
