"""The command line: which verbs there are. No torch here.

Exit codes are those of `cli.failures`: 0 done, 1 our fault or stopped, 2 the user's to mend.
"""

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import mtrec_core
from mtrec_core.cli import (
    data_commands,
    jobs_commands,
    report_command,
    run_commands,
    train_command,
    try_commands,
)
from mtrec_core.cli.affinity_command import affinity
from mtrec_core.cli.conflict_command import conflict
from mtrec_core.cli.dashboard_command import dashboard
from mtrec_core.cli.doctor import doctor
from mtrec_core.cli.failures import failures_as_sentences, stop_on_termination
from mtrec_core.cli.front_command import front
from mtrec_core.cli.fuse_command import fuse
from mtrec_core.cli.people_command import people
from mtrec_core.cli.robustness_command import robustness
from mtrec_core.cli.sweep_command import sweep
from mtrec_core.cli.transfer_command import transfer
from mtrec_core.errors import MtrecError
from mtrec_core.training.launched import launched


class Guarded(TyperGroup):
    """A group whose commands end in a sentence and an exit code, never in a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the chosen command."""
        with failures_as_sentences():
            return super().invoke(ctx)


app = typer.Typer(
    cls=Guarded,
    name="python -m mtrec_core",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _print_version(asked: bool) -> None:
    if asked:
        print(mtrec_core.__version__)
        raise typer.Exit


@app.callback()
def mtrec(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end."),
    ] = False,
) -> None:
    """One recommendation model for many tasks, from an online shop's tables.

    The way through, with the sample shop:

    \b
      python -m mtrec_core check sample_data/shop
      python -m mtrec_core train sample_data/shop
      python -m mtrec_core recommend last --user u12

    \b
    Runs, caches and imported datasets go to MTREC_HOME (default ./.mtrec).
    MTREC_DB may name a PostgreSQL server for the runs' records.
    Exit codes: 0 done, 1 our fault or stopped, 2 something for you to mend.
    """


app.command("import")(data_commands.import_tables)
app.command("check")(data_commands.check_dataset)
app.command("train")(train_command.train)
app.command("runs")(run_commands.runs)
app.command("dashboard")(dashboard)
app.command("up")(jobs_commands.up)
app.command("down")(jobs_commands.down)
app.command("stop")(jobs_commands.stop)
app.command("resume")(jobs_commands.resume)
app.command("logs")(jobs_commands.logs)
app.command("compare")(run_commands.compare)
app.command("conflict")(conflict)
app.command("transfer")(transfer)
app.command("fuse")(fuse)
app.command("affinity")(affinity)
app.command("sweep")(sweep)
app.command("front")(front)
app.command("robustness")(robustness)
app.command("report")(report_command.report)
app.command("predict")(try_commands.predict)
app.command("recommend")(try_commands.recommend)
app.command("answer")(try_commands.answer)
app.command("people")(people)
app.command("doctor")(doctor)


def main() -> None:
    """Entry of `mtrec` and of `python -m mtrec_core`; under a launcher, the first process does it all and the
    others help."""
    if launched().rank > 0:
        _help()
        return
    stop_on_termination()
    try:
        app()
    except KeyboardInterrupt:  # before the first command began
        sys.exit(1)
    except SystemExit as ended:
        if launched().count > 1 and not ended.code:
            from mtrec_core.helper_process import dismiss

            dismiss()
        raise


def _help() -> None:
    """As another process than the launcher's first: its share of each step until there is no further run."""
    from mtrec_core.helper_process import follow_launcher

    try:
        follow_launcher()
    except MtrecError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
