"""docs/benchmarks.md from the records in benchmarks/results: `python -m benchmarks.report`. No torch here.

A section per record, in the order of the table of studies, the pages last, with the remarks of
`benchmarks/remarks/RECORD.md` below its tables. The page has no other source: change a remark or measure
again, then render.
"""

from pathlib import Path

from benchmarks.console import run_command
from benchmarks.dashboard_record import DashboardRecord
from benchmarks.method_record import MethodRecord
from benchmarks.recipe_record import RecipeRecord
from benchmarks.records import FOLDER, StudyRecord, read_record
from benchmarks.report_dashboard import dashboard_section
from benchmarks.report_methods import methods_section
from benchmarks.report_recipe import recipe_section
from benchmarks.report_robustness import robustness_records, robustness_section
from benchmarks.report_study import study_section
from benchmarks.study_table import PROJECT, STUDIES

PAGE = PROJECT / "docs" / "benchmarks.md"
REMARKS = Path(__file__).parent / "remarks"

RECIPE = "recipe"
DASHBOARD = "dashboard"
ROBUSTNESS = "robustness_shop"
"""The record whose remark closes the section on adversarial training."""
METHODS = "methods"
INTRODUCTION = "introduction"
CLOSING = "closing"

HEAD = """# Benchmarks

<!-- Rendered by `python -m benchmarks.report` from benchmarks/results and remarks; change those. -->
"""


def main() -> None:
    """Writes the page."""
    page = render(FOLDER, REMARKS)
    PAGE.write_text(page, encoding="utf-8")
    print(
        f"docs/benchmarks.md: {len(page.splitlines())} lines from {len(list(FOLDER.glob('*.json')))} records"
    )


def render(records: Path, remarks: Path) -> str:
    """The page from a folder of records and a folder of remarks."""
    parts = [HEAD, remark(remarks, INTRODUCTION)]
    recipe = records / f"{RECIPE}.json"
    if recipe.is_file():
        parts.append(recipe_section(RecipeRecord.from_json(read_record(recipe))))
        parts.append(remark(remarks, RECIPE))
    for record in study_records(records):
        parts += [study_section(record), remark(remarks, record.name)]
    for path in sorted(records.glob(f"{METHODS}_*.json")):
        parts += [methods_section(MethodRecord.from_json(read_record(path))), remark(remarks, path.stem)]
    attacked = robustness_records(records)
    if attacked:
        parts += [robustness_section(attacked), remark(remarks, ROBUSTNESS)]
    dashboard = records / f"{DASHBOARD}.json"
    if dashboard.is_file():
        parts.append(dashboard_section(DashboardRecord.from_json(read_record(dashboard))))
        parts.append(remark(remarks, DASHBOARD))
    parts.append(remark(remarks, CLOSING))
    return "\n".join(part.strip() + "\n" for part in parts if part.strip())


def study_records(folder: Path) -> list[StudyRecord]:
    """The studies' records, in the order of the table of studies, then by name; others are of no study."""
    order = list(STUDIES)
    records = [
        StudyRecord.from_json(content)
        for path in sorted(folder.glob("*.json"))
        if "runs" in (content := read_record(path)) and "study" in content
    ]
    return sorted(records, key=lambda record: (order.index(record.study), record.name))


def remark(folder: Path, name: str) -> str:
    """What a person wrote about a record; "" where there is nothing."""
    path = folder / f"{name}.md"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


if __name__ == "__main__":
    run_command(main)
