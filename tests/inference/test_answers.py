"""Answers with their templates, and profiles."""

import math

import pytest

from mtrec_core.errors import UserError


def test_an_answer_is_a_template_with_its_text_and_probability(predictor, tables):
    found = predictor.answer("where is my parcel", n=3)
    texts = dict(zip(tables["answers.csv"]["answer_id"], tables["answers.csv"]["answer"], strict=True))
    assert {one.answer: one.text for one in found} == texts
    assert sum(one.score for one in found) == pytest.approx(1)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert predictor.answer("where is my parcel") == found[:1]


def test_probabilities_are_the_softmax_of_the_scores(predictor, rows_of):
    question = rows_of("questions.csv", [5])
    scores = predictor.predict("service", question, n=3)
    total = sum(math.exp(score) for score in scores["score"])
    expected = {
        item: math.exp(score) / total for item, score in zip(scores["item"], scores["score"], strict=True)
    }
    found = predictor.answer(question["question"][0].as_py(), n=3)
    assert {one.answer: one.score for one in found} == pytest.approx(expected, abs=1e-5)


def test_the_answer_depends_on_the_words(predictor):
    one, other = (predictor.answer(text, n=3) for text in ("red is the lamp", "how how refund"))
    assert [answer.score for answer in one] != [answer.score for answer in other]


def test_an_empty_question_is_told(predictor):
    with pytest.raises(UserError, match="question is empty"):
        predictor.answer("  ")


def test_a_profile_says_what_the_tasks_about_the_user_say(predictor):
    found = predictor.profile("u02")
    assert set(found) == {"gold", "segment"}
    assert 0 < found["gold"] < 1
    assert sum(found["segment"].values()) == pytest.approx(1, abs=1e-5)
    assert list(found["segment"].values()) == sorted(found["segment"].values(), reverse=True)


def test_a_profile_is_the_prediction_for_the_user_s_row(predictor, rows_of):
    expected = predictor.predict("gold", rows_of("users.csv", [2]))["probability"][0]
    assert predictor.profile("u02")["gold"] == pytest.approx(expected, abs=1e-6)


def test_a_typed_history_has_a_profile(predictor):
    assert predictor.profile(history=["i01"])["gold"] != predictor.profile(history=["i02"])["gold"]
