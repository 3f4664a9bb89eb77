"""The command line as a whole: help, usage errors, light start."""

import json
import os
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

import mtrec_core
from mtrec_core.cli.app import app
from tests.contracts.source_files import PROJECT

COMMANDS = typer.main.get_command(app).commands
runner = CliRunner()


def in_a_process(*arguments, home, code="", **variables):
    """The finished process of `python -m mtrec_core ARGUMENTS`, or of a program given as `code`."""
    program = ["-c", code] if code else ["-m", "mtrec_core"]
    environment = os.environ | {"MTREC_HOME": str(home), "NO_COLOR": "1"} | variables
    return subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_shows_an_example_of_it(command):
    told = runner.invoke(app, [command, "--help"])
    assert told.exit_code == 0
    assert f"python -m mtrec_core {command}" in told.output.split("Example", 1)[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_argument_and_option_says_what_it_is(command):
    silent = [
        parameter.name for parameter in COMMANDS[command].params if not getattr(parameter, "help", None)
    ]
    assert silent == []


WITHOUT_NUMBERS = {"dashboard"}
"""It serves until it is ended."""


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in WITHOUT_NUMBERS])
def test_every_command_that_shows_something_has_a_form_for_machines(command):
    assert "--json" in [name for parameter in COMMANDS[command].params for name in parameter.opts]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_list_of_commands_shows_each_summary_whole(command):
    line = next(
        line
        for line in runner.invoke(app, ["--help"]).output.splitlines()
        if line.strip().startswith(f"{command} ")
    )
    assert not line.endswith("...")


def test_without_arguments_the_help_is_shown():
    assert "Commands:" in runner.invoke(app, []).output


def test_the_version_is_the_packages():
    assert runner.invoke(app, ["--version"]).output.strip() == mtrec_core.__version__


@pytest.mark.parametrize(
    "arguments",
    [["trian"], ["train", "--epochs", "3"], ["import", "a.csv"], ["recommend"], ["runs", "-n", "0"]],
)
def test_a_wrong_command_line_ends_with_2_and_a_hint(arguments):
    told = runner.invoke(app, arguments)
    assert told.exit_code == 2
    assert "Try" in told.stderr
    assert told.stdout == ""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["runs"], ["train", "--help"], ["check", "nowhere"], ["compare", "a", "b"]]
)
def test_commands_that_need_no_model_load_no_torch(arguments, tmp_path):
    code = (
        "import sys\nfrom mtrec_core.cli.app import main\n"
        f"sys.argv = ['mtrec', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules, 'torch was loaded'\n"
    )
    done = in_a_process(home=tmp_path, code=code)
    assert done.returncode == 0, done.stderr


def test_help_loads_neither_pandas_nor_the_database(tmp_path):
    code = (
        "import sys\nfrom mtrec_core.cli.app import main\nsys.argv = ['mtrec', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n"
        "    loaded = {'pandas', 'pyarrow', 'sqlalchemy'} & set(sys.modules)\n"
        "    print(*sorted(loaded), file=sys.stderr)\n"
    )
    done = in_a_process(home=tmp_path, code=code)
    assert done.stderr.strip() == ""


def test_runs_without_a_store_says_what_to_do_next(tmp_path):
    done = in_a_process("runs", home=tmp_path)
    assert done.returncode == 0
    assert "python -m mtrec_core train" in done.stdout


def test_runs_as_json_is_an_empty_list_before_the_first(tmp_path):
    assert json.loads(in_a_process("runs", "--json", home=tmp_path).stdout) == []
