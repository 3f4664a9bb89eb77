"""`people`: roles from the command line."""

import json

import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app

runner = CliRunner()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.delenv("MTREC_DB", raising=False)


def people(*arguments):
    return runner.invoke(app, ["people", *arguments])


def test_a_role_is_given_shown_and_taken_away():
    assert people("Ada@example.org", "--role", "operator").exit_code == 0
    assert "ada@example.org" in people().output
    (ada,) = json.loads(people("--json").output)
    assert (ada["email"], ada["role"]) == ("ada@example.org", "operator")
    assert people("ada@example.org", "--remove").exit_code == 0
    assert json.loads(people("--json").output) == []


def test_an_empty_list_says_what_that_means():
    assert "all who sign in look only" in people().output
    assert "bo@example.org has no role" in people("bo@example.org").output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--role", "operator"], "Whose?"),
        (["a@example.org", "--role", "king"], "it must be operator or viewer"),
        (["a@example.org", "--role", "viewer", "--remove"], "contradict each other"),
        (["a@example.org", "--remove"], "has no role here"),
        (["ada", "--role", "operator"], "is no mail address"),
    ],
)
def test_a_mistake_ends_in_a_sentence(arguments, words):
    told = people(*arguments)
    assert told.exit_code == 2
    assert words in told.output.replace("\n", " ")
