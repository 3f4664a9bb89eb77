"""Rules that every module keeps: size, names, no code from data, documented settings."""

import ast
import dataclasses
import importlib
import re

import pytest

from mtrec_core.config import SECTIONS, RunConfig
from mtrec_core.settings import field_docs
from tests.contracts.source_files import PROJECT, SourceFile, core_files, python_files, read

MOST_LINES = 250
ROOMS_WITHOUT_A_NAME = {"util", "utils", "helper", "helpers", "common", "misc"}
RUNS_CODE_FROM_DATA = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}

SHIPPED = [read(path) for path in python_files("mtrec_core", "sample_data", "benchmarks")]


def by_path(file: SourceFile) -> str:
    return file.path


@pytest.mark.parametrize("file", SHIPPED, ids=by_path)
def test_a_module_has_at_most_250_lines(file: SourceFile):
    lines = len(file.text.splitlines())
    assert lines <= MOST_LINES, f"{file.path} has {lines} lines and asks to be two"


def test_no_module_is_called_utils_or_the_like():
    named = [
        path.relative_to(PROJECT) for path in python_files("mtrec_core", "sample_data", "benchmarks", "tests")
    ]
    assert [path for path in named if ROOMS_WITHOUT_A_NAME & {*path.parts[:-1], path.stem}] == []


@pytest.mark.parametrize("file", SHIPPED, ids=by_path)
def test_a_module_opens_with_what_it_holds(file: SourceFile):
    assert ast.get_docstring(file.tree), f"{file.path} has no docstring"


@pytest.mark.parametrize("file", SHIPPED, ids=by_path)
def test_no_function_takes_keywords_without_names(file: SourceFile):
    found = [
        f"{file.path}:{node.lineno} {node.name}(**{node.args.kwarg.arg})"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.args.kwarg
    ]
    assert found == [], "name the parameters"


@pytest.mark.parametrize("file", SHIPPED, ids=by_path)
def test_no_module_runs_code_that_comes_as_data(file: SourceFile):
    imports = [
        f"{file.path}:{item.line}"
        for item in file.imports
        if item.target.split(".")[0] in RUNS_CODE_FROM_DATA
    ]
    calls = [
        f"{file.path}:{node.lineno} {node.func.id}"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}
    ]
    loads = [
        f"{file.path}:{node.lineno} {ast.unparse(node.func)}"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"torch.load", "torch.save", "pd.read_pickle"}
    ]
    assert imports + calls + loads == []


@pytest.mark.parametrize(
    "path", python_files("mtrec_core"), ids=lambda path: path.relative_to(PROJECT).as_posix()
)
def test_an_init_file_holds_a_docstring_and_nothing_else(path):
    if path.name != "__init__.py":
        assert path.parent.joinpath("__init__.py").is_file(), f"{path.parent} has no __init__.py"
        return
    body = ast.parse(path.read_text(encoding="utf-8")).body
    rest = [ast.unparse(node) for node in body[1:]]
    expected = 1 if path == PROJECT / "mtrec_core" / "__init__.py" else 0
    assert isinstance(body[0], ast.Expr), f"{path} has no docstring"
    assert len(rest) == expected, f"{path} also holds {rest}"
    assert all(line.startswith("__version__ = ") for line in rest)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_says_what_it_does(section):
    owner = SECTIONS[section]
    fields = {field.name for field in dataclasses.fields(owner)}
    assert fields - {name for name, doc in field_docs(owner).items() if doc} == set(), (
        f"docstrings missing in {section}"
    )


@pytest.mark.parametrize("section", SECTIONS)
def test_settings_are_frozen_and_given_by_name(section):
    parameters = SECTIONS[section].__dataclass_params__
    assert parameters.frozen
    assert all(field.kw_only for field in dataclasses.fields(SECTIONS[section]))


@pytest.mark.parametrize("section", SECTIONS)
def test_settings_stand_beside_their_owner(section):
    assert SECTIONS[section].__module__ == f"mtrec_core.{section}.config"
    assert importlib.import_module(f"mtrec_core.{section}")


def test_every_section_is_a_part_of_the_run_configuration():
    assert set(SECTIONS) <= {field.name for field in dataclasses.fields(RunConfig)}


@pytest.mark.parametrize("file", core_files(), ids=by_path)
def test_nothing_is_left_to_do(file: SourceFile):
    marks = re.findall(r"\b(?:TODO|FIXME|XXX|NotImplementedError)\b", file.text)
    assert marks == [], f"{file.path} holds {marks}"
