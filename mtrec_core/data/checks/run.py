"""Runs all checks over a dataset. No torch here."""

from collections.abc import Callable, Iterable
from importlib import import_module

from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.splits import preparation_issue
from mtrec_core.data.checks.table import CHECKS, Check
from mtrec_core.data.issues import Issue, sort_issues
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.errors import DataError


def check(spec: DatasetSpec) -> list[Issue]:
    """All that the checks find, blocking issues first; an empty list for a dataset without fault.

    Bad data never raises: a table that can't be read is an issue itself, and the checks that need it are left
    out. Rows are counted as a spreadsheet does (and `reading`): the header is row 1, the first data row 2.
    """
    try:
        material = Material(spec)
    except DataError as error:
        return [preparation_issue(str(error))]
    issues = [issue for row in CHECKS.values() for issue in find_function(row)(material)]
    explained = any(issue.level == "blocking" and issue.code != "not_prepared" for issue in issues)
    return sort_issues(issue for issue in issues if not (explained and issue.code == "not_prepared"))


def find_function(row: Check) -> Callable[[Material], Iterable[Issue]]:
    """The function that a row of the table names."""
    module, name = row.target.split(":")
    function: Callable[[Material], Iterable[Issue]] = getattr(import_module(module), name)
    return function
