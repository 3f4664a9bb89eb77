"""`up`, `down`, `stop`, `resume`, `logs`: the queue from the command line. No torch here."""

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mtrec_core.cli.arguments import find_run
from mtrec_core.cli.output import console, note, print_json
from mtrec_core.errors import UserError
from mtrec_core.home import Home
from mtrec_core.jobs.plan import TrainRequest

if TYPE_CHECKING:
    from mtrec_core.store.records import RunRecord

RUN_HELP = "The run's id, the beginning of it, or last."
STOP_SECONDS = 120.0
"""How long `stop` looks on."""


def up(
    detach: Annotated[
        bool, typer.Option("--detach", help="Start it in the background, if it is not there, and return.")
    ] = False,
    cpu_slots: Annotated[
        int | None,
        typer.Option("--cpu-slots", min=1, help="How many runs share the CPU.", show_default=False),
    ] = None,
    gpus: Annotated[
        str, typer.Option("--gpus", help="auto, none, or ids such as 0,2.", show_default=False)
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="With --detach: one JSON object.")] = False,
) -> None:
    """Start the supervisor, which trains what is in the queue.

    It works through runs that pages and `train --queue` put there, one per CPU slot and GPU. Ctrl-C ends it
    in the foreground, `down` in the background; runs that go on do so without it. The options stay for the
    next time.

    \b
    Examples:
      python -m mtrec_core up
      python -m mtrec_core up --detach --cpu-slots 2
    """
    from mtrec_core.jobs.config import load_settings, save_settings, with_values
    from mtrec_core.jobs.supervise import supervise
    from mtrec_core.jobs.supervisor_state import ensure_supervisor

    if as_json and not detach:
        raise UserError("--json goes with --detach; in the foreground the supervisor tells what it does.")
    home = Home.from_environment()
    given: dict[str, Any] = {}
    if cpu_slots is not None:
        given["cpu_slots"] = cpu_slots
    if gpus:
        given["gpus"] = gpus
    if given:
        save_settings(home, with_values(load_settings(home), given))
    if detach:
        state = ensure_supervisor(home)
        if as_json:
            print_json({"pid": state.pid, "slots": [slot.name for slot in state.slots]})
        note(f"The supervisor is process {state.pid}, with {', '.join(slot.name for slot in state.slots)}.")
        if given:
            note("Options take effect when it starts; end one that was there already with `down`.")
    elif not supervise(home, note):
        raise UserError("A supervisor is at work here already. `down` ends it; its runs go on.")


def down(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """End the supervisor; trainings that go on do so without it.

    What is queued waits for the next one.

    \b
    Examples:
      python -m mtrec_core down
      python -m mtrec_core down --json
    """
    import psutil

    from mtrec_core.jobs.processes import lives
    from mtrec_core.jobs.supervisor_state import supervisor_state
    from mtrec_core.store.store import Store

    home = Home.from_environment()
    with Store.open(home.database_url) as store:
        state = supervisor_state(store, home)
    if not state.alive or state.pid is None:
        if as_json:
            print_json({"pid": None, "going_on": []})
        note("No supervisor is at work here.")
        return
    process = psutil.Process(state.pid)
    created = process.create_time()
    process.terminate()
    give_up = time.monotonic() + 30.0
    while lives(state.pid, created):
        if time.monotonic() > give_up:
            raise UserError(f"The supervisor, process {state.pid}, does not end. Look at supervisor.log.")
        time.sleep(0.1)
    going_on = [slot.run_id for slot in state.slots if slot.run_id]
    if as_json:
        print_json({"pid": state.pid, "going_on": going_on})
    note(f"Ended.{' Going on without it: ' + ', '.join(going_on) + '.' if going_on else ''}")


def queue_runs(request: TrainRequest, home: Home, as_json: bool) -> None:
    """What `train --queue` does: the runs are queued, and there is a supervisor to take them."""
    from mtrec_core.jobs import requests
    from mtrec_core.jobs.supervisor_state import ensure_supervisor
    from mtrec_core.store.store import Store

    with Store.open(home.database_url) as store:
        queued = requests.submit(request, store, home)
        ensure_supervisor(home)
    _show(queued, as_json)
    if not as_json:
        note(f"Look on with: python -m mtrec_core logs -f {queued[-1].id}")


def stop(
    run: Annotated[str, typer.Argument(help=RUN_HELP, show_default=False)],
    now: Annotated[
        bool, typer.Option("--now", help="Kill it instead: at once, without a checkpoint.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Stop a run: it keeps a checkpoint first. One in the queue is taken out of it.

    \b
    Examples:
      python -m mtrec_core stop last
      python -m mtrec_core stop k3rq9t --now
    """
    from mtrec_core.jobs import requests
    from mtrec_core.store.store import Store

    home = Home.from_environment()
    named = find_run(run, home)
    with Store.open(home.database_url) as store:
        found = requests.kill(store, named.id) if now else requests.stop(store, named.id)
        give_up = time.monotonic() + STOP_SECONDS
        while not found.state.is_over and time.monotonic() < give_up:
            time.sleep(0.3)
            found = store.get_run(found.id)
    _show([found], as_json)
    if not found.state.is_over:
        note(f"It is still at it. To end it at once: python -m mtrec_core stop {found.id} --now")
        raise typer.Exit(1)


def resume(
    run: Annotated[str, typer.Argument(help=RUN_HELP, show_default=False)],
    epochs: Annotated[
        float,
        typer.Option(
            "--epochs", min=0.0, help="Train so many passes more than it was to.", show_default=False
        ),
    ] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Queue a stopped, failed or lost run again.

    It goes on from its checkpoint. A run that is completed can be extended by more epochs.
    `train --resume` does the same in the terminal.

    \b
    Examples:
      python -m mtrec_core resume last
      python -m mtrec_core resume k3rq9t --epochs 2
    """
    from mtrec_core.jobs import requests
    from mtrec_core.jobs.supervisor_state import ensure_supervisor
    from mtrec_core.store.store import Store

    home = Home.from_environment()
    named = find_run(run, home)
    with Store.open(home.database_url) as store:
        queued = requests.resume(store, named.id, epochs)
        ensure_supervisor(home)
    _show([queued], as_json)


def logs(
    run: Annotated[str, typer.Argument(help=RUN_HELP, show_default=False)],
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until the run is over.")] = False,
    lines: Annotated[int, typer.Option("-n", min=1, help="How many lines, from the end.")] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: state and lines.")] = False,
) -> None:
    """Show the log of a run.

    The exit code is 1 if a run that was followed did not complete.

    \b
    Examples:
      python -m mtrec_core logs last
      python -m mtrec_core logs last -f
    """
    from mtrec_core.jobs import logs as run_logs
    from mtrec_core.recorded_run import mark_if_lost
    from mtrec_core.store.states import RunState
    from mtrec_core.store.store import Store

    if as_json and follow:
        raise UserError("--json shows the log as it is now; --follow goes on. Give one of them.")
    home = Home.from_environment()
    found = find_run(run, home)
    text = run_logs.tail(found, lines)
    if as_json:
        print_json({"run": found.id, "state": found.state.value, "lines": text.splitlines()})
        return
    if text:
        print(text, flush=True)
    if not follow:
        if not text:
            note(f"Run {found.id} is {found.state.value} and has written nothing so far.")
        return
    with Store.open(home.database_url) as store:

        def is_over() -> bool:
            return mark_if_lost(store.get_run(found.id), store).state.is_over

        for piece in run_logs.follow(found.folder / run_logs.LOG_FILE, is_over):
            print(piece, end="", flush=True)
        ended = store.get_run(found.id)
    note(_sentence(ended))
    if ended.state is not RunState.COMPLETED:
        raise typer.Exit(1)


def _show(runs: list["RunRecord"], as_json: bool) -> None:
    if as_json:
        print_json([{"run": run.id, "number": run.number, "state": run.state.value} for run in runs])
        return
    for run in runs:
        console().print(_sentence(run), markup=False, soft_wrap=True)


def _sentence(run: "RunRecord") -> str:
    reason = f": {run.reason}" if run.reason else ""
    return f"Run {run.id} (#{run.number}, {run.name}) is {run.state.value}{reason}"
