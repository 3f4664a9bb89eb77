"""One model under many preferences: which points are on the front, and the file that keeps them."""

import math

import pytest

from mtrec_core.errors import DataError
from mtrec_core.evaluation.preference_front import (
    FILE,
    PreferenceFront,
    PreferencePoint,
    load_preference_front,
    save_preference_front,
)

HEADLINES = {"stars": "rmse", "ad_click": "auc"}


def point(share, rmse, auc, test_auc=0.5):
    return PreferencePoint(
        preference={"stars": share, "ad_click": 1 - share},
        validation={"stars": {"rmse": rmse}, "ad_click": {"auc": auc}},
        test={"stars": {"rmse": 1.0}, "ad_click": {"auc": test_auc}},
    )


def front_of(*points):
    return PreferenceFront(headlines=HEADLINES, points=points)


def test_the_front_is_that_of_validation_and_knows_that_a_low_rmse_is_good():
    found = front_of(point(0.2, 1.0, 0.9), point(0.4, 0.6, 0.85), point(0.6, 0.7, 0.7), point(0.8, 0.5, 0.6))
    assert found.on_front == [True, True, False, True]  # the third: worse in both than the second
    # Scaled: (0, 1), (.8, .83), (1, 0): above the line x + y = 1 by .63 / sqrt 2
    assert found.knee.model == 1
    assert found.knee.distance == pytest.approx((0.8 + 0.25 / 0.3 - 1) / math.sqrt(2))


def test_what_is_kept_is_read_again_without_what_is_no_number(tmp_path):
    found = front_of(point(0.2, 1.0, 0.9), point(0.8, 0.5, 0.6, test_auc=math.nan))
    assert load_preference_front(tmp_path) is None
    save_preference_front(found, tmp_path)
    again = load_preference_front(tmp_path)
    assert again.points[0] == found.points[0]
    assert again.points[1].test == {"stars": {"rmse": 1.0}, "ad_click": {}}
    assert again.points[1].value("test", "ad_click", "auc") is None
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_broken_file_is_told_in_a_sentence(tmp_path):
    (tmp_path / FILE).write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match=r"can't be read.*measure again"):
        load_preference_front(tmp_path)
    (tmp_path / FILE).write_text('{"format": 99}', encoding="utf-8")
    assert load_preference_front(tmp_path) is None
