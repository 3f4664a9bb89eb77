"""Whether one column alone gives a label away, judged on held-out rows."""

import numpy as np
import pytest

from mtrec_core.data.checks.revealing import find_reveal

ROWS = 400
RNG = np.random.default_rng(7)
YES_NO = RNG.integers(0, 2, ROWS).astype(float)
CLASS = RNG.integers(0, 4, ROWS).astype(float)
NUMBER = RNG.normal(size=ROWS)
NOISE = RNG.normal(size=ROWS)
EACH_ITS_OWN = np.arange(ROWS)


@pytest.mark.parametrize(
    ("column", "label", "scale", "measure"),
    [
        (YES_NO * 10 + NOISE / 10, YES_NO, "yes_no", "AUC"),
        (-YES_NO * 10 + NOISE / 10, YES_NO, "yes_no", "AUC"),
        (np.where(YES_NO > 0, 3.0, np.nan), YES_NO, "yes_no", "AUC"),
        (YES_NO.astype(int) + 5, YES_NO, "yes_no", "AUC"),
        (YES_NO.astype(int) - 1, YES_NO, "yes_no", "AUC"),
        ((CLASS * 2 + YES_NO).astype(int), CLASS, "class", "accuracy"),
        (CLASS * 2, CLASS, "class", "accuracy"),
        (NUMBER * 1.2 + 3, NUMBER, "number", "R2"),
        (-NUMBER, NUMBER, "number", "R2"),
        (CLASS.astype(int), CLASS**2, "number", "R2"),
    ],
    ids=[
        "a higher number means yes",
        "a lower number means yes",
        "filled in only for yes",
        "a category per answer",
        "an empty category means no",
        "finer classes",
        "the class as a number",
        "the number with a factor",
        "the number reversed",
        "a category per number",
    ],
)
def test_a_column_that_settles_the_label_is_found(column, label, scale, measure):
    found = find_reveal(column, label, EACH_ITS_OWN, scale)
    assert found is not None
    assert found.measure == measure
    assert found.value > 0.99


@pytest.mark.parametrize(
    ("column", "label", "scale"),
    [
        (YES_NO + NOISE, YES_NO, "yes_no"),
        (EACH_ITS_OWN, YES_NO, "yes_no"),
        (EACH_ITS_OWN.astype(float), YES_NO, "yes_no"),
        (EACH_ITS_OWN, CLASS, "class"),
        (CLASS.astype(int), np.where(NOISE > 1.5, 0, CLASS), "class"),
        (NUMBER + NOISE / 5, NUMBER, "number"),
        (np.full(ROWS, np.nan), NUMBER, "number"),
        (np.zeros(ROWS, dtype=int), YES_NO, "yes_no"),
    ],
    ids=[
        "a helpful number",
        "a key as category",
        "a key as number",
        "a key for classes",
        "a class with 7 % other labels",
        "a number with noise",
        "empty",
        "constant",
    ],
)
def test_a_column_that_only_helps_is_left_alone(column, label, scale):
    assert find_reveal(column, label, EACH_ITS_OWN, scale) is None


def test_a_column_that_names_the_owner_is_no_leak_even_when_labels_belong_to_owners():
    owner = np.repeat(np.arange(100), 10)
    label = np.repeat(np.arange(100) % 2, 10).astype(float)
    assert find_reveal(owner, label, owner, "yes_no") is None
    assert find_reveal(owner, label, np.arange(1000), "yes_no") is not None


def test_too_few_rows_are_not_judged():
    assert find_reveal(YES_NO[:39], YES_NO[:39], EACH_ITS_OWN[:39], "yes_no") is None
    rare = np.zeros(ROWS)
    rare[:15] = 1
    assert find_reveal(rare, rare, EACH_ITS_OWN, "yes_no") is None


def test_rows_without_a_label_do_not_count():
    label = np.where(NOISE > 0, YES_NO, np.nan)
    column = np.where(NOISE > 0, YES_NO, 1 - YES_NO)
    assert find_reveal(column, label, EACH_ITS_OWN, "yes_no") is not None


def test_a_column_that_repeats_the_majority_of_a_lopsided_label_is_no_leak():
    lopsided = np.zeros(2000)
    lopsided[::250] = 1
    column = np.random.default_rng(0).integers(0, 3, 2000)
    assert find_reveal(column, lopsided, np.arange(2000), "class") is None
