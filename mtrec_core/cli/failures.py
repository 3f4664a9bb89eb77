"""What a failure looks like in a terminal: a sentence, an exit code, no traceback. No torch here.

| exit code | when |
|---|---|
| 0 | done |
| 1 | ours: a fault of the program, the disk or the database; also a command that was stopped before its end |
| 2 | the user's: the command, a setting or the data has to be mended |
"""

import errno
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import typer

from mtrec_core.errors import MtrecError

STOPPED = 1
"""Ctrl-C or a termination signal: nothing has to be mended, yet what was asked for is not there."""

NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


@contextmanager
def failures_as_sentences() -> Iterator[None]:
    """Turns what leaves the block into a sentence on stderr and `typer.Exit` with a code of the table above.

    With `MTREC_DEBUG=1` a fault of the program also shows its traceback.
    """
    try:
        yield
    except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
        raise
    except MtrecError as error:
        raise told(str(error), error.exit_code) from None
    except KeyboardInterrupt:
        raise told(
            "Stopped before the end. A run that had begun is marked stopped; see `runs`.", STOPPED
        ) from None
    except MemoryError:
        raise told(
            "Out of memory. Fewer rows (--set data.train_rows=100000), a smaller batch (--set "
            "training.batch_size=128) or shorter texts (--set text.max_length=64) need less.",
            1,
        ) from None
    except OSError as error:
        raise told(*_about_the_system(error)) from None
    except Exception as error:
        raise told(_unexpected(error), 1) from None


def told(sentence: str, code: int) -> typer.Exit:
    """Prints the sentence on stderr; the exception to raise then."""
    print(f"Error: {sentence}" if code != 0 else sentence, file=sys.stderr)
    return typer.Exit(code)


def stop_on_termination() -> None:
    """A termination signal ends a command the way Ctrl-C does, so that its run is marked stopped."""

    def interrupt(signal_number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def _about_the_system(error: OSError) -> tuple[str, int]:
    place = f" ({error.filename})" if error.filename else ""
    if error.errno in NO_SPACE:
        return f"The disk is full{place}. Free some space, or set MTREC_HOME to a folder on another disk.", 1
    if isinstance(error, FileNotFoundError) and error.filename:
        return f"There is no file or folder {error.filename}.", 2
    if isinstance(error, PermissionError) and error.filename:
        return (
            f"No permission to use {error.filename}. Change its rights, or set MTREC_HOME to a folder of "
            "your own.",
            2,
        )
    return _unexpected(error), 1


def _unexpected(error: Exception) -> str:
    """The sentence for a fault of the program; the traceback goes to a file that it names."""
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    text = "".join(traceback.format_exception(error))
    if os.environ.get("MTREC_DEBUG", "") not in ("", "0"):
        print(text, file=sys.stderr)
    for folder in (_home(), Path(tempfile.gettempdir())):
        path = folder / "errors" / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{' '.join(sys.argv)}\n\n{text}", encoding="utf-8")
        except OSError:
            continue
        return f"This should not have happened ({what}). The details are in {path}; please report them."
    return f"This should not have happened ({what}). Set MTREC_DEBUG=1 and run it again to see the details."


def _home() -> Path:
    return Path(os.environ.get("MTREC_HOME") or ".mtrec")
