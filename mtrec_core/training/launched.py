"""How many processes train a run, and this one's place under `accelerate launch` or `torchrun`. No torch
here."""

import functools
import os
from dataclasses import dataclass

from mtrec_core.errors import SettingError
from mtrec_core.training.config import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class Place:
    """One process among those that train together; without a launcher it is alone."""

    rank: int = 0
    """The first, 0, is the main one."""
    count: int = 1
    local_rank: int = 0
    """Its number on this machine, which is that of its GPU."""
    local_count: int = 1

    def as_environment(self) -> dict[str, str]:
        """As launchers tell it."""
        return {
            "RANK": str(self.rank),
            "WORLD_SIZE": str(self.count),
            "LOCAL_RANK": str(self.local_rank),
            "LOCAL_WORLD_SIZE": str(self.local_count),
        }


@functools.cache
def launched() -> Place:
    """What a launcher wrote to the environment, from which it is taken out: a process that this one starts
    later has no place among the others, and accelerate need not know of them (`processes` joins them)."""
    found = {name: os.environ.pop(name, value) for name, value in Place().as_environment().items()}
    return Place(
        rank=int(found["RANK"]),
        count=int(found["WORLD_SIZE"]),
        local_rank=int(found["LOCAL_RANK"]),
        local_count=int(found["LOCAL_WORLD_SIZE"]),
    )


def process_count(settings: TrainingSettings) -> int:
    """How many train together; SettingError when the settings and the launcher disagree."""
    place = launched()
    if place.count > 1 and settings.processes not in (1, place.count):
        raise SettingError(
            f"training.processes is {settings.processes}, but the launcher started {place.count} processes; "
            "leave the setting away under a launcher."
        )
    return max(place.count, settings.processes)
