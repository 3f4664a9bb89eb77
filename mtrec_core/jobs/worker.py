"""The process of one run: `python -m mtrec_core.jobs.worker RUN`. A launcher starts it; torch loads in it."""

import sys
import traceback
from contextlib import suppress

from mtrec_core.errors import MtrecError, StorageError, UserError
from mtrec_core.home import Home
from mtrec_core.jobs.interruption import Interruption
from mtrec_core.recorded_run import go_on
from mtrec_core.store.states import IllegalTransition, RunState
from mtrec_core.store.store import Store

STOPPED = 0
"""A run that ended because a person wanted it is no failure of the process."""


def work(run_id: str) -> int:
    """Trains a run that was claimed; the exit code. What is printed stands in the run's log."""
    home = Home.from_environment()
    with Store.open(home.database_url) as store:
        run = store.get_run(run_id)
        if run.state is RunState.STOPPING:  # asked to before it began
            store.change_state(run.id, RunState.STOPPED, "Stopped before it began.")
            return STOPPED
        if run.state is not RunState.STARTING:
            raise UserError(f"Run {run.id} is {run.state.value}; a worker takes up a run that was claimed.")
        try:
            with Interruption() as interruption:
                go_on(run, store, home, (interruption.listen,), interruption.asked)
        except KeyboardInterrupt:
            return STOPPED
        except BaseException as error:
            # Most failures are in the record by now; those before training began are not.
            with suppress(IllegalTransition, StorageError):
                store.change_state(run.id, RunState.FAILED, _in_words(error))
            raise
    return 0


def _in_words(error: BaseException) -> str:
    return str(error) if isinstance(error, MtrecError) else f"{type(error).__name__}: {error}"


def main() -> int:
    """A failure that is the user's to mend is a sentence in the log, any other a traceback."""
    try:
        return work(sys.argv[1])
    except MtrecError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return STOPPED
    except Exception:
        traceback.print_exc()
        return 1


if __name__ == "__main__":
    sys.exit(main())
