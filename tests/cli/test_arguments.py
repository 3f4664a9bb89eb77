"""Lists of names and numbers on the command line."""

import pytest

from mtrec_core.cli.arguments import assignments, check_task_names, named_numbers, split_names
from mtrec_core.errors import UserError


def test_names_are_split_at_commas_and_stripped():
    assert split_names("a, b,,c", "--tasks") == ("a", "b", "c")


def test_an_empty_list_of_names_is_refused():
    with pytest.raises(UserError, match="--tasks is empty"):
        split_names(" , ", "--tasks")


def test_weights_are_names_with_numbers():
    assert named_numbers("purchase=1, ad_click=0.5", "--weights") == {"purchase": 1.0, "ad_click": 0.5}


@pytest.mark.parametrize("text", ["purchase", "purchase=", "purchase=much", "=1", "a=1,b"])
def test_a_weight_without_name_or_number_is_shown_as_it_was_given(text):
    with pytest.raises(UserError, match="is not NAME=NUMBER"):
        named_numbers(text, "--weights")


def test_a_setting_may_hold_an_equals_sign_in_its_value():
    assert assignments(["text.encoder=a=b"]) == {"text.encoder": "a=b"}


@pytest.mark.parametrize("pair", ["training.epochs", "=3"])
def test_a_setting_without_name_or_value_is_refused(pair):
    with pytest.raises(UserError, match="is not NAME=VALUE"):
        assignments([pair])


def test_an_unknown_task_is_answered_with_the_nearest_one():
    with pytest.raises(UserError, match=r"Did you mean purchase\?"):
        check_task_names(["purchse"], ["purchase", "tags"], "--weights")
