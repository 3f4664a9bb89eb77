"""What every page keeps: no torch, the frame first, every text through `_()`; and it opens by itself."""

import ast
import json
import os
import re
import subprocess
import sys

import pytest

from tests.contracts.source_files import PROJECT, SourceFile, chain_to, core_files, python_files, read
from tests.contracts.test_no_torch import KNOWN, TORCH

PAGES = [read(path) for path in [PROJECT / "home.py", *python_files("pages")]]
SHOWING = [*PAGES, *(file for file in core_files() if file.module.startswith("mtrec_core.ui"))]
NAMES = [page.path for page in PAGES]
MOST_LINES = 150

SHOWS_ITS_FIRST = frozenset(
    {
        *(
            "badge",
            "button",
            "caption",
            "checkbox",
            "dialog",
            "download_button",
            "error",
            "expander",
            "feedback",
        ),
        *("file_uploader", "form_submit_button", "header", "info", "link_button", "markdown", "metric"),
        *("multiselect", "number_input", "pills", "popover", "progress", "radio"),
        *("segmented_control", "select_slider", "selectbox", "slider", "spinner", "status", "subheader"),
        *(
            "success",
            "tabs",
            "text",
            "text_area",
            "text_input",
            "title",
            "toast",
            "toggle",
            "warning",
            "write",
        ),
    }
)
"""Calls of streamlit whose first argument is read by people."""
SHOWN_BY_NAME = frozenset({"label", "help", "placeholder", "text", "alt", "page_title", "delta_description"})
"""Arguments that are read by people, wherever they are."""
MARKUP = re.compile(r":[a-z-]+\[|:[a-z_/]+:")
"""Colours, sizes and icons of streamlit's markdown, such as `:green[` and `:material/info:`."""


def by_path(file: SourceFile) -> str:
    return file.path


def bare_texts(tree: ast.AST) -> list[tuple[int, str]]:
    """(line, text) of what a page would show without passing it through `_()`."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in SHOWS_ITS_FIRST | {"page_link"}:
            continue
        first = node.args[:1] if node.func.attr in SHOWS_ITS_FIRST else []
        shown = first + [item.value for item in node.keywords if item.arg in SHOWN_BY_NAME]
        for value in shown:
            parts = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
            found += [(part.lineno, text) for part in parts if (text := words_in(part))]
    return found


def words_in(value: ast.expr) -> str:
    """The letters that a literal text, or the fixed parts of an f-string, would show; icons aside."""
    if isinstance(value, ast.BinOp):
        return words_in(value.left) + words_in(value.right)
    pieces = value.values if isinstance(value, ast.JoinedStr) else [value]
    texts = [
        piece.value for piece in pieces if isinstance(piece, ast.Constant) and isinstance(piece.value, str)
    ]
    text = MARKUP.sub("", "".join(texts))
    return text if any(letter.isalpha() for letter in text) else ""


@pytest.mark.parametrize("page", PAGES, ids=by_path)
def test_a_page_loads_no_torch(page: SourceFile):
    way = chain_to(page, TORCH, KNOWN)
    assert way is None, f"{page.path} must load without torch, but it leads to it: {' -> '.join(way)}"


@pytest.mark.parametrize("page", PAGES, ids=by_path)
def test_a_page_calls_the_frame_before_anything_else(page: SourceFile):
    at_rest = ast.Import | ast.ImportFrom | ast.FunctionDef
    first = next(
        node for node in page.tree.body[1:] if not isinstance(node, at_rest) and not is_table_of_texts(node)
    )
    assert isinstance(first, ast.Assign), f"{page.path}:{first.lineno}"
    assert ast.unparse(first.value).startswith("frame.begin("), f"{page.path}:{first.lineno} begins otherwise"


def is_table_of_texts(node: ast.stmt) -> bool:
    """An assignment that calls nothing but `_`."""
    calls = [ast.unparse(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)]
    return isinstance(node, ast.Assign) and set(calls) <= {"_"}


@pytest.mark.parametrize("page", PAGES, ids=by_path)
def test_a_page_has_at_most_150_lines(page: SourceFile):
    assert len(page.text.splitlines()) <= MOST_LINES, f"{page.path}: move what it shows to mtrec_core/ui"


@pytest.mark.parametrize("file", SHOWING, ids=by_path)
def test_every_text_that_is_shown_can_be_translated(file: SourceFile):
    assert [f"{file.path}:{line} {text!r}" for line, text in bare_texts(file.tree)] == []


def test_the_search_for_bare_texts_finds_them():
    shown = """
st.button("Go")
st.metric(_("Step"), "12", help=f"of {n} steps")
st.write(f":green[:material/check_circle:] **{n}** :small[{n}]")
st.tabs(["A", _("B")])
st.page_link("home.py", label="Home")
"""
    assert [text for _, text in bare_texts(ast.parse(shown))] == ["Go", "of  steps", "A", "Home"]


@pytest.mark.parametrize("folder", ["benchmarks", "sample_data"])
def test_nothing_but_the_pages_imports_streamlit(folder):
    found = [
        f"{file.path}:{item.line}"
        for file in map(read, python_files(folder))
        for item in file.imports
        if item.target.split(".")[0] == "streamlit"
    ]
    assert found == []


OPEN_EACH = """
import json, sys
from streamlit.testing.v1 import AppTest

torch, pages = map(json.loads, sys.argv[1:])
for page in pages:
    app = AppTest.from_file("home.py", default_timeout=120)
    if page != "home.py":
        app.switch_page(page)
    app.run()
    print(json.dumps({
        "page": page,
        "exceptions": [item.message for item in app.exception],
        "errors": [item.value for item in app.error],
        "elements": len(app.main),
        "torch": sorted({*torch} & {*sys.modules}),
    }))
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> dict[str, dict]:
    """Page -> what it showed in a fresh process on an empty home, no other page having been asked for."""
    home = str(tmp_path_factory.mktemp("home"))
    done = subprocess.run(
        [sys.executable, "-c", OPEN_EACH, json.dumps(sorted(TORCH)), json.dumps(NAMES)],
        cwd=PROJECT,
        env={**os.environ, "MTREC_HOME": home, "MTREC_DB": "", "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {seen["page"]: seen for line in done.stdout.splitlines() if (seen := json.loads(line))}


@pytest.mark.parametrize("page", NAMES)
def test_a_page_opens_as_the_first_request_without_a_run(opened, page):
    assert opened[page]["exceptions"] == []
    assert opened[page]["errors"] == []
    assert opened[page]["elements"] > 0


@pytest.mark.parametrize("page", NAMES)
def test_no_torch_is_in_the_process_after_a_page_was_shown(opened, page):
    assert opened[page]["torch"] == []
