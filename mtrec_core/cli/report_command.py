"""`report`: a comparison as one HTML file that opens without a network. No torch here."""

import os
from pathlib import Path
from typing import Annotated

import typer

from mtrec_core.cli.output import note, print_json
from mtrec_core.errors import StorageError
from mtrec_core.home import Home


def report(
    named: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN..",
            help="One run or more; differences are counted from the first.",
            show_default=False,
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")] = Path("report.html"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Write a report about runs as one HTML file.

    It holds charts, tables, configurations and limits, and opens anywhere without a network, light or dark
    as the reader's system is.

    \b
    Examples:
      python -m mtrec_core report last
      python -m mtrec_core report k3rq9t m2xw7d -o comparison.html
    """
    from mtrec_core.reports.compose import report as compose
    from mtrec_core.store.store import Store

    with Store.open(Home.from_environment().database_url) as store:
        runs = list({run.id: run for run in map(store.get_run, named)}.values())
        text = compose(runs, store)
    unfinished = output.with_name(f"{output.name}.{os.getpid()}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, output)
    except OSError as error:
        raise StorageError(
            f"The report could not be written to {output}: {error.strerror or error}."
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    if as_json:
        print_json({"file": str(output), "bytes": output.stat().st_size, "runs": [run.id for run in runs]})
    note(f"Wrote {output}, {len(text) / 2**20:.1f} MiB.")
