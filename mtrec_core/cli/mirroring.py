"""`train --mirror`: a run's numbers told to other trackers as well. No torch here until a run begins."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mtrec_core.cli.output import note
from mtrec_core.home import Home

if TYPE_CHECKING:
    from mtrec_core.mirrors import Mirror
    from mtrec_core.store.records import RunRecord


def demand_mirrors(keys: Sequence[str]) -> None:
    """UserError when one is unknown or its package is missing, before anything is trained."""
    if keys:
        from mtrec_core.mirrors import mirror_choice

        for key in keys:
            mirror_choice(key)


@contextmanager
def mirrored(run: "RunRecord", home: Home, keys: Sequence[str]) -> Iterator[list["Mirror"]]:
    """Listeners that tell the trackers; at the end it says where a person looks, or what went wrong."""
    if not keys:
        yield []
        return
    from mtrec_core.mirrors import Mirror, flat_settings, mirror_choice

    opened = []
    for key in dict.fromkeys(keys):
        folder = home.root / "mirrors" / key
        title = f"{run.name} {run.id}"
        opened.append(Mirror(mirror_choice(key), folder, run.id, title, flat_settings(run.config)))
    try:
        yield opened
    finally:
        for mirror in opened:
            mirror.close()
            look = mirror.choice.look.format(folder=home.root / "mirrors" / mirror.choice.key)
            note(mirror.failed or f"The run's numbers are in {mirror.choice.title} too: {look}")
