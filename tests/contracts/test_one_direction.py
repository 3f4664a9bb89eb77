"""A part of mtrec_core imports only what stands left of it; the few exceptions carry their reason."""

import pytest

from tests.contracts.source_files import SourceFile, core_files

LEFT_OF: dict[str, set[str]] = {
    "errors": set(),
    "settings": {"errors"},
    "home": {"errors"},
    "data": {"errors", "settings"},
    "text": {"errors", "settings", "home", "data"},
    "model": {"errors", "settings", "data", "text"},
    "objective": {"errors", "settings", "data", "model"},
    # It fills the predictions table, and asks the metrics which step was the best.
    "training": {"errors", "settings", "data", "text", "model", "objective", "evaluation"},
    # The predictions table is the border: what judges it knows nothing of the models that filled it.
    "evaluation": {"errors", "settings", "data"},
    "store": {"errors", "settings", "home", "data", "evaluation"},
    "comparing": {"errors", "settings", "data", "evaluation", "store", "config"},
    "results": {"errors"},
    # From training's events to the store's points.
    "recording": {"errors", "training", "store"},
    # The same for other trackers.
    "mirrors": {"errors", "settings", "training", "recording"},
}
"""Part -> the parts it may import."""

COMPOSERS = {
    "config": "composes the settings of every stage",
    "prepare": "composes the stages before training",
    "judge": "composes prediction and evaluation",
    "linear_start": "fits the baseline's linear model to what the model reads",
    "pipeline": "composes the stages",
    "helper_process": "calls the pipeline for its share of the rows",
    "attacked_run": "composes the stages again around a trained model",
    "preferred_run": "composes the stages again, to ask a trained model for many trade-offs",
    "recorded_run": "joins the pipeline and the store",
    "run_watch": "tells store and log of a training",
    "trial": "runs a few steps of the pipeline, to measure them",
    "jobs": "starts runs and side work",
    "inference": "composes the stages again to answer with a trained model",
    "cli": "calls the composers",
    "__main__": "calls the command line",
    "ui": "shows what the store holds",
    "reports": "puts what the pages show into a file",
}

EXCEPTIONS: dict[tuple[str, str], str] = {
    ("mtrec_core/comparing/fuse_work.py", "home"): "a process of its own; an address may hold a password",
}
"""(file, part) -> why it may import that part all the same."""


def part_of(module: str) -> str:
    """`mtrec_core.data.schema` belongs to `data`; the package itself to ''."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


FILES = [file for file in core_files() if part_of(file.module) and part_of(file.module) not in COMPOSERS]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path)
def test_a_module_imports_only_what_stands_left_of_its_part(file: SourceFile):
    part = part_of(file.module)
    assert part in LEFT_OF, f"{file.path} belongs to no known part: give {part} a place in LEFT_OF"
    allowed = LEFT_OF[part] | {part, ""}
    wrong = [
        f"{file.path}:{found.line} imports {found.target}"
        for found in file.imports
        if found.target.startswith("mtrec_core")
        and part_of(found.target) not in allowed
        and (file.path, part_of(found.target)) not in EXCEPTIONS
    ]
    assert wrong == [], f"{part} may import {', '.join(sorted(LEFT_OF[part])) or 'no other part'}"


def test_each_exception_is_still_needed():
    used = {(file.path, part_of(found.target)) for file in core_files() for found in file.imports}
    assert [pair for pair in EXCEPTIONS if pair not in used] == []


@pytest.mark.parametrize("file", core_files(), ids=lambda file: file.path)
def test_streamlit_is_imported_in_ui_only(file: SourceFile):
    found = [item.line for item in file.imports if item.target.split(".")[0] == "streamlit"]
    assert part_of(file.module) == "ui" or found == [], f"{file.path}:{found} imports streamlit"
