"""Ids of runs, and how people name a run. No torch here."""

import difflib
import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from mtrec_core.errors import UserError
from mtrec_core.store.models import RunRow

LATEST = "last"
"""Stands for the newest run wherever a run is named."""

_LETTERS = "bcdfghjkmnpqrstvwxz"
_SIGNS = _LETTERS + "23456789"
_LENGTH = 6


def new_run_id() -> str:
    """Six letters and digits such as `k3rq9t`: easy to read out (no 0, o, 1, l, i), no number, no word.

    There are 19 * 27**5 = 272,629,233 of them.
    """
    return secrets.choice(_LETTERS) + "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH - 1))


def resolve_run_id(session: Session, named: str) -> str:
    """The id of the run that a person means: an id, its unique beginning, a number such as `#5` or `5`, or
    `last`.

    UserError when none or several fit; it lists those that come near.
    """
    wanted = named.strip().lower()
    if session.get(RunRow, wanted) is not None:
        return wanted
    newest_first = select(RunRow.id, RunRow.name, RunRow.state).order_by(RunRow.created.desc(), RunRow.id)
    if wanted == LATEST:
        newest = session.execute(newest_first.limit(1)).first()
        if newest is None:
            raise UserError("There is no run yet; `train DATASET` makes one.")
        return newest.id
    number = wanted.removeprefix("#")
    if number.isdecimal() and len(number) < 10:
        by_number = session.execute(select(RunRow.id).where(RunRow.number == int(number))).first()
        if by_number is not None:
            return by_number.id
    runs = session.execute(newest_first).all()
    if not wanted:
        raise UserError("A run has to be named: its number, its id, the beginning of its id, or `last`.")
    fitting = [run for run in runs if run.id.startswith(wanted)]
    if len(fitting) == 1:
        return fitting[0].id
    if fitting:
        listed = _listed([(run.id, run.name, run.state) for run in fitting])
        raise UserError(f"{named!r} fits {len(fitting)} runs: {listed}. Give more of the id.")
    if not runs:
        raise UserError(f"There is no run {named!r}: there is no run at all yet; `train DATASET` makes one.")
    close = difflib.get_close_matches(wanted, [run.id for run in runs], n=3, cutoff=0.5)
    near = [run for run in runs if run.id in close or (run.name and wanted in run.name.lower())] or runs[:3]
    listed = _listed([(run.id, run.name, run.state) for run in near])
    raise UserError(f"There is no run {named!r}. Near it: {listed}. `runs` lists all.")


def _listed(runs: list[tuple[str, str, str]], most: int = 5) -> str:
    texts = [f"{run_id} ({name}, {state})" if name else f"{run_id} ({state})" for run_id, name, state in runs]
    return ", ".join(texts[:most]) + (f" and {len(texts) - most} more" if len(texts) > most else "")
