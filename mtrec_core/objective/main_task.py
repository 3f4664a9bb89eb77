"""The task that a method puts first. No torch here."""

from collections.abc import Sequence

from mtrec_core.errors import SettingError
from mtrec_core.objective.method_options import MetaBalanceOptions, Options, PcdOptions


def demand_main_task(options: Options, tasks: Sequence[str]) -> str:
    """The task that the options name, else the first; SettingError when it is not trained. Empty for methods
    that treat all alike."""
    match options:
        case PcdOptions():
            setting, named = "main in objective.aggregation_options", options.main
        case MetaBalanceOptions():
            setting, named = "target in objective.weighting_options", options.target
        case _:
            return ""
    if named and named not in tasks:
        raise SettingError(f"{setting} is {named}, which is not trained; trained are {', '.join(tasks)}.")
    return named or tasks[0]
