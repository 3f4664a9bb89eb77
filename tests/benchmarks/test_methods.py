"""docs/methods.md: in step with the tables in the code."""

from dataclasses import dataclass, fields

import pytest

from benchmarks.methods import PAGE, render, sections
from benchmarks.methods_section import MethodSection, section_text


@dataclass(frozen=True, kw_only=True)
class Row:
    key: str = "mix"
    title: str = "A mixture"
    use: str = "If they differ."
    formula: str = "a | b"
    source: str = "-"
    options: tuple[str, ...] | type = ()


@dataclass(frozen=True, kw_only=True)
class Settings:
    experts: int = 4


def section(row, **more):
    return section_text(MethodSection(title="Things", introduction="Words.\n\nMore.", rows=[row], **more))


def test_the_page_is_what_the_tables_and_records_give():
    assert PAGE.read_text(encoding="utf-8") == render(), "run python -m benchmarks.methods"


@pytest.mark.parametrize("found", sections(), ids=lambda found: found.title)
def test_every_row_of_a_table_stands_on_the_page_with_its_formula_and_use(found):
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for row in found.rows:
        (line,) = [line for line in lines if line.startswith(f"| `{row.key}`: {row.title} |")]
        assert row.use in line
        assert f"`{row.formula}`".replace("|", "\\|") in line
        assert row.source == "-" or row.source in line
        names = (
            row.options if isinstance(row.options, tuple) else [field.name for field in fields(row.options)]
        )
        assert all(f"`{found.prefix}{name}`" in line for name in names)


def test_a_row_is_a_line_with_the_default_of_its_options_and_its_cost():
    text = section(
        Row(options=("experts",), source="A, 2020"), settings=Settings(), prefix="model.",
        cost_title="cost", cost=lambda key: f"{key}: 2", below=lambda: "### Below\n",
    )  # fmt: skip
    assert text == (
        "## Things\n\nWords.\n\nMore.\n\n"
        "| choice | formula | when to use it | options (default) | cost | source |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| `mix`: A mixture | `a \\| b` | If they differ. | `model.experts` (4) | mix: 2 | A, 2020 |\n"
        "\n### Below\n"
    )


def test_options_of_a_rows_own_stand_there_with_their_defaults():
    assert "| `experts` (4) |\n" in section(Row(options=Settings))


def test_columns_that_no_row_needs_are_left_out():
    text = section(Row())
    assert "| choice | formula | when to use it |\n" in text
    assert text.endswith("| `mix`: A mixture | `a \\| b` | If they differ. |\n")
