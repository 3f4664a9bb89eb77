"""The documents keep up with the program, and no tracked file speaks of one machine."""

import re
import subprocess
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import typer

from mtrec_core.cli.app import app
from mtrec_core.config import PRESETS, all_settings
from mtrec_core.data.kinds import TASK_KINDS
from tests.contracts.source_files import PROJECT

DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *sorted(f"docs/{path.name}" for path in PROJECT.glob("docs/*.md")),
)
LARGEST = 4 * 2**20
COMMANDS = sorted(typer.main.get_command(app).commands)

CHANGE_KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}

# Put together from parts, so that this file does not hold what it forbids.
ONE_MACHINE = re.compile(
    "|".join(
        [
            *(f"(?<![\\w.])/{folder}/" for folder in ("work", "farm", "root", "home/[a-z]+")),
            "/tmp/" + "bash_jobs",
            "python" + "hosted",
            "pypi\\." + "org",
            "npm" + "js",
            "deb\\." + "debian",
            "--index" + "-url",
            "find" + "-links",
        ]
    )
)


@cache
def tracked() -> tuple[Path, ...]:
    """Files under version control."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True)
    return tuple(PROJECT / name for name in done.stdout.split("\0") if name and (PROJECT / name).is_file())


def text_of(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_or_the_docs_show_every_command(command):
    texts = "\n".join(text_of(name) for name in DOCUMENTS)
    assert re.search(rf"mtrec_core {command}\b", texts), (
        f"README.md or docs/ must show `python -m mtrec_core {command}`"
    )


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_the_design_describes_every_kind_of_task(kind):
    assert f"| `{kind}` |" in text_of("docs/design.md")


@pytest.mark.parametrize("preset", PRESETS)
def test_the_readme_names_every_preset(preset):
    assert f"`{preset}`" in text_of("README.md")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_documents_name_only_settings_that_exist(name):
    known = {setting.name for setting in all_settings()}
    named = set(re.findall(r"--set ([a-z_]+\.[a-z_]+)=", text_of(name)))
    assert named <= known


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_between_documents_lead_somewhere(name):
    folder = (PROJECT / name).parent
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", text_of(name))
    assert [link for link in links if not (folder / link).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_documents_name_only_files_that_exist(name):
    named = set(re.findall(r"`((?:mtrec_core|tests|docs|benchmarks|sample_data)/[\w./-]+)`", text_of(name)))
    assert [path for path in sorted(named) if not (PROJECT / path).exists()] == []


def test_the_changelog_begins_with_what_is_unreleased():
    headings = re.findall(r"^## (.+)$", text_of("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:])


def test_the_changelog_sorts_changes_by_the_known_kinds():
    assert set(re.findall(r"^### (.+)$", text_of("CHANGELOG.md"), re.MULTILINE)) <= CHANGE_KINDS


def test_no_tracked_file_names_a_machine_or_a_package_index():
    found = []
    for path in tracked():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(PROJECT)}:{place}"
            for place, line in enumerate(lines, 1)
            if ONE_MACHINE.search(line)
        ]
    assert found == []


def test_the_search_for_machine_paths_finds_one():
    assert ONE_MACHINE.search("read from /" + "work/data")
    assert not ONE_MACHINE.search("a frame/" + "work/flow and shared/data")


def test_no_tracked_file_is_larger_than_4_mib():
    assert [path.name for path in tracked() if path.stat().st_size > LARGEST] == []


def test_each_requirement_has_its_reason_above_it():
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = text_of(name).splitlines()
        bare = [
            line for before, line in pairwise(lines) if line and line[0] not in "#-" and before[:1] != "#"
        ]
        assert bare == [], f"{name}: say why"


def test_torch_is_pinned_to_one_release():
    assert re.findall(r"^torch\b.*$", text_of("requirements.txt"), re.MULTILINE) == ["torch==2.13.0"]
