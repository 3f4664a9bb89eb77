"""A process that helps another to train: it takes its share of each step's rows, no more. `python -m
mtrec_core.helper_process MEETING RUN` by the main process, or any process but the first under a launcher.

torch loads inside, after it is settled what signals mean.
"""

import json
import signal
import sys
from contextlib import suppress

from mtrec_core.errors import MtrecError
from mtrec_core.training.launched import launched


def follow_launcher() -> None:
    """Helps the launcher's first process with one run after the other, until that one says that there is
    none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what Ctrl-C means, the first process decides
    from mtrec_core.pipeline import help_train
    from mtrec_core.training.crew import join, leave

    processes = join(launched())
    while (told := processes.from_main(None)) is not None:
        help_train(told, lambda: processes)
    leave()


def dismiss() -> None:
    """Tells the launcher's other processes that there is no further run; one that is gone needs no word."""
    from mtrec_core.training.crew import join, leave

    with suppress(MtrecError):
        join(launched()).from_main(None)
    leave()


def main() -> int:
    """Helps with one run; a failure stands on the last line of what it writes."""
    # The main process decides what Ctrl-C and a termination mean; this one ends with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    from mtrec_core.pipeline import help_train
    from mtrec_core.training.crew import call_in

    meeting, told = sys.argv[1:]
    try:
        help_train(json.loads(told), lambda: call_in(meeting))
    except MtrecError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
