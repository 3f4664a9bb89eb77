"""Settings of a supervisor. They lie in the home: whoever starts one starts the same. No torch here."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mtrec_core.errors import SettingError, UserError
from mtrec_core.home import Home
from mtrec_core.settings import convert, setting_fields, unknown_name

SETTINGS_FILE = "supervisor.json"


@dataclass(frozen=True, kw_only=True)
class SupervisorSettings:
    """How many runs go on at once, and how patient the supervisor is."""

    cpu_slots: int = 1
    """Runs that may train on the CPU at once; they share its cores. [runs; 1 or more]"""
    gpus: str = "auto"
    """GPUs that runs may take, one each unless they ask for more: `auto` (all there are), `none`, or ids such
    as 0,2."""
    stop_seconds: float = 60.0
    """How long a run that was asked to stop may take to keep its checkpoint before it is terminated.
    [seconds; above 0]"""
    end_seconds: float = 15.0
    """How long a terminated run may take to end before it is killed. [seconds; above 0]"""
    launcher: str = "local"
    """A key of `jobs.launchers.LAUNCHERS`: how runs are started."""

    def __post_init__(self) -> None:
        if self.cpu_slots < 1:
            raise SettingError(f"cpu_slots is {self.cpu_slots}; it must be 1 or more.")
        if self.gpus not in ("auto", "none") and not all(part.strip() for part in self.gpus.split(",")):
            raise SettingError(f"gpus is {self.gpus!r}; write auto, none, or ids such as 0,2.")
        if min(self.stop_seconds, self.end_seconds) <= 0:
            raise SettingError("stop_seconds and end_seconds must be above 0.")


def load_settings(home: Home) -> SupervisorSettings:
    """What `save_settings` wrote; the defaults without it."""
    path = home.root / SETTINGS_FILE
    if not path.is_file():
        return SupervisorSettings()
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return with_values(SupervisorSettings(), content)
    except (OSError, ValueError, AttributeError, SettingError) as error:
        raise UserError(f"{path} can't be read: {error} Correct it, or delete it for the defaults.") from None


def save_settings(home: Home, settings: SupervisorSettings) -> None:
    """For this supervisor and the next ones."""
    home.root.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dataclasses.asdict(settings), indent=1)
    (home.root / SETTINGS_FILE).write_text(text + "\n", encoding="utf-8")


def with_values(settings: SupervisorSettings, values: Mapping[str, Any]) -> SupervisorSettings:
    """The settings with some of them changed; SettingError on names and values that don't fit."""
    fields = {item.name: item for item in setting_fields(SupervisorSettings)}
    for name, value in values.items():
        if name not in fields:
            raise unknown_name("setting of the supervisor", name, list(fields))
        settings = dataclasses.replace(settings, **{name: convert(fields[name], value)})
    return settings
