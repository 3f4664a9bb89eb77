"""Checks of the files: there, readable, not empty, with the columns that are asked for. No torch here."""

from collections.abc import Iterator
from difflib import get_close_matches

from mtrec_core.data.checks.declared import declared_columns, declared_files, task_files
from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.wording import listed
from mtrec_core.data.issues import Issue, shorten
from mtrec_core.data.schema import Where
from mtrec_core.errors import DataError


def missing_table(material: Material) -> Iterator[Issue]:
    """A file that isn't there."""
    folder = material.spec.tables
    for file in material.missing:
        purpose = declared_files(material.spec)[file]
        there = sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
        close = get_close_matches(file, there, n=1, cutoff=0.8)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        yield Issue(
            level="blocking",
            code="missing_table",
            table=file,
            text=f"{file}, {purpose}, is not in the folder {folder}.{hint}",
            fix="Put the file there, or correct its name in dataset.toml.",
            examples=shorten(there),
        )


def unreadable_table(material: Material) -> Iterator[Issue]:
    """A file that can't be read as a table."""
    for file, reason in material.failures.items():
        yield Issue(
            level="blocking",
            code="unreadable_table",
            table=file,
            text=f"{file}, {declared_files(material.spec)[file]}, can't be read. {reason}",
            fix="Open the file in the program that made it and export it again, as CSV in UTF-8 or as "
            "Parquet.",
        )


def empty_table(material: Material) -> Iterator[Issue]:
    """A file without a row of data."""
    for file in material.empty:
        yield Issue(
            level="blocking",
            code="empty_table",
            table=file,
            text=f"{file}, {declared_files(material.spec)[file]}, has no rows of data.",
            fix="Export the table again, or take what uses it out of dataset.toml.",
        )


def missing_column(material: Material) -> Iterator[Issue]:
    """A column that none of the tables has in which it may stand."""
    for use in declared_columns(material.spec):
        if material.has(use):
            continue
        file, column = use.places[0]
        known = list(dict.fromkeys(name for place, _ in use.places for name in material.names(place)))
        close = get_close_matches(column, known, n=1)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        files = " or ".join(dict.fromkeys(place for place, _ in use.places))
        names = " or ".join(f"'{name}'" for name in dict.fromkeys(name for _, name in use.places))
        yield Issue(
            level="blocking",
            code="missing_column",
            task=use.task,
            table=file,
            column=column,
            text=f"{files} has no column {names}, which is needed for {use.purpose}.{hint}",
            fix=f"Correct the name in dataset.toml; the columns are: {listed(known)}.",
            examples=shorten(known),
        )


def no_rows(material: Material) -> Iterator[Issue]:
    """A `where` that no row fulfils."""
    for task in material.spec.tasks.values():
        for file in task_files(task):
            if any(column not in material.names(file) for column in task.where):
                continue
            try:
                material.tables.rows_where(file, task.where)
            except DataError as error:
                column, found = _strange_column(material, file, task.where)
                yield Issue(
                    level="blocking",
                    code="no_rows",
                    task=task.name,
                    table=file,
                    column=column,
                    text=f"Task '{task.name}' has no rows. {error}",
                    fix=f"Write in `where` the values as they stand in '{column}': {listed(shorten(found))}.",
                    examples=shorten(found),
                )


def _strange_column(material: Material, file: str, where: Where) -> tuple[str, list[str]]:
    """The column of a filter that has none of the wanted values, else its first column; with its values."""
    held = {column: material.tables.coded(file, column).values.to_pylist() for column in where}
    column = next((name for name in where if not set(where[name]) & set(held[name])), next(iter(where)))
    return column, held[column]
