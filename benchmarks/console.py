"""What the commands here share: a failure is a sentence and an exit code, a table is aligned text."""

import shlex
import sys
from collections.abc import Callable, Sequence

from mtrec_core.errors import MtrecError


def run_command(main: Callable[[], None]) -> None:
    """Runs a command; an error of the program's own kind ends it with its sentence and its exit code."""
    try:
        main()
    except MtrecError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("Stopped before the end.", file=sys.stderr)
        sys.exit(1)


def command_line(module: str, arguments: Sequence[str]) -> str:
    """The command as one would type it."""
    return " ".join(["python -m", module, *(shlex.quote(argument) for argument in arguments)])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Lines with columns of equal width: the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        first, *rest = [
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join([first, *rest]).rstrip())
    return "\n".join(lines)
