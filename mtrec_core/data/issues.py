"""What is wrong in a user's data, as values: level, place, example, way out. No torch here."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["blocking", "warning", "info"]
LEVELS: tuple[Level, ...] = ("blocking", "warning", "info")
"""From what stops a training to what is merely good to know."""

MOST_ROWS = 10
"""How many row numbers an issue names; its text says how many there are in all."""
MOST_EXAMPLES = 5
LONGEST_EXAMPLE = 80

CSV_COLUMNS = ("level", "code", "task", "table", "column", "rows", "text", "fix", "examples")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that begins with one of these as a formula."""


@dataclass(frozen=True, kw_only=True)
class Issue:
    """One finding of a check."""

    level: Level
    code: str
    """Key of the check that found it, in `data.checks.table`."""
    text: str
    """What was found and where, as a sentence."""
    fix: str
    """What the analyst can do about it, as a sentence."""
    task: str = ""
    """Name of the task that it concerns; "" where it concerns a table whatever the task."""
    table: str = ""
    column: str = ""
    rows: tuple[int, ...] = ()
    """The first rows concerned, ascending. Counted as a spreadsheet does: row 2 is the first row of data."""
    examples: tuple[str, ...] = ()
    """A few of the values concerned, shortened."""

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return asdict(self) | {"rows": list(self.rows), "examples": list(self.examples)}


def sort_issues(issues: Iterable[Issue]) -> list[Issue]:
    """Blocking ones first; within a level the order of the checks stays."""
    return sorted(issues, key=lambda issue: LEVELS.index(issue.level))


def level_of(count: int, total: int, many: float, *, all_block: bool = False) -> Level:
    """A warning if more than the share `many` is, else information; blocking if all and so asked."""
    if all_block and count == total:
        return "blocking"
    return "warning" if count > many * total else "info"


def first_rows(rows: Iterable[int]) -> tuple[int, ...]:
    """The row numbers that an issue names, of all that are concerned (in ascending order)."""
    first: list[int] = []
    for row in rows:
        if len(first) == MOST_ROWS:
            break
        first.append(int(row))
    return tuple(first)


def shorten(values: Iterable[object]) -> tuple[str, ...]:
    """A few distinct values as text, each of at most LONGEST_EXAMPLE characters."""
    short: dict[str, None] = {}
    for value in values:
        if len(short) == MOST_EXAMPLES:
            break
        text = " ".join(str(value).split())
        short[text if len(text) <= LONGEST_EXAMPLE else text[: LONGEST_EXAMPLE - 1] + "…"] = None
    return tuple(short)


def safe_cell(text: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet would take it for a formula."""
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def issues_to_csv(issues: Iterable[Issue]) -> str:
    """A table to download: one line per issue, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for issue in issues:
        cells = issue.to_json() | {
            "rows": " ".join(map(str, issue.rows)),
            "examples": " | ".join(issue.examples),
        }
        writer.writerow([safe_cell(cells[name]) for name in CSV_COLUMNS])
    return out.getvalue()
