"""The form of a run's settings as a link, and from a link or an older run. No torch, no streamlit here.

A link holds what differs from the dataset's own settings, in the words of the command line:
`?dataset=shop&weights=purchase=1,ad_click=0.5&set=training.epochs=3,model.width=64`.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from mtrec_core.cli.arguments import assignments, named_numbers
from mtrec_core.config import RunConfig, all_settings, with_setting, with_settings
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.errors import MtrecError
from mtrec_core.ui.texts import _
from mtrec_core.ui.train_form import value_of
from mtrec_core.ui.train_weights import MOST

MOST_SEED = 2**31 - 1


def base_config(spec: DatasetSpec) -> RunConfig:
    """The program's defaults with the dataset's own settings."""
    return with_settings(RunConfig(dataset=str(spec.folder), name=spec.name), spec.settings)


def differences(config: RunConfig, base: RunConfig) -> dict[str, Any]:
    """Dotted name -> value of the settings in which a configuration differs."""
    return {
        item.name: value_of(config, item.name)
        for item in all_settings()
        if value_of(config, item.name) != value_of(base, item.name)
    }


def link_of(config: RunConfig, spec: DatasetSpec, seeds: int, single_task: bool) -> dict[str, str]:
    """The query parameters that open the form as it stands; what is as usual is left out."""
    changed = differences(config, base_config(spec))
    found = {
        "weights": ",".join(f"{task}={weight:g}" for task, weight in config.weights.items() if weight != 1),
        "set": ",".join(f"{name}={_word(value)}" for name, value in changed.items()),
        "seed": str(config.seed) if config.seed else "",
        "seeds": str(seeds) if seeds > 1 else "",
        "single": "1" if single_task else "",
        "name": config.name if config.name != spec.name else "",
    }
    return {name: value for name, value in found.items() if value}


def config_of_link(link: Mapping[str, str], spec: DatasetSpec) -> tuple[RunConfig, list[str]]:
    """The configuration that a link names, and what in it could not be understood."""
    config, wrong = base_config(spec), []
    try:
        given = named_numbers(link["weights"], "weights") if link.get("weights") else {}
        known = {task: weight for task, weight in given.items() if task in spec.tasks}
        wrong += [
            _("The link weighs a task {task} that this dataset lacks.").format(task=task)
            for task in given.keys() - known.keys()
        ]
        config = dataclasses.replace(
            config, weights={task: known.get(task, 1.0) for task in spec.tasks} if known else {}
        )
        config, lowered = _within_reach(config)
        wrong += lowered
        pairs = assignments(link["set"].split(",")) if link.get("set") else {}
    except MtrecError as error:
        return config, [*wrong, str(error)]
    try:
        config = with_settings(config, pairs)
    except MtrecError:  # what fits is taken, the rest told
        for name, value in pairs.items():
            try:
                config = with_setting(config, name, value)
            except MtrecError as error:
                wrong.append(str(error))
    seed = link.get("seed", "")
    if seed:
        if seed.isdecimal() and int(seed[:20]) <= MOST_SEED:
            config = dataclasses.replace(config, seed=int(seed))
        else:
            wrong.append(
                _("The link's seed is {seed}; it must be a whole number, 0 or more.").format(seed=seed[:40])
            )
    if link.get("name"):
        config = dataclasses.replace(config, name=link["name"])
    return config, wrong


def config_for(content: Mapping[str, Any], spec: DatasetSpec) -> tuple[RunConfig, list[str]]:
    """A configuration of before (of a run, of a file) for a dataset; tasks that it lacks are left out, and
    said so. SettingError for settings that there are not."""
    config = RunConfig.from_json(content)
    lost = [task for task in (*config.tasks, *config.weights) if task not in spec.tasks]
    weights = {task: weight for task, weight in config.weights.items() if task in spec.tasks}
    if config.tasks and not weights:
        weights = {task: 1.0 if task in config.tasks else 0.0 for task in spec.tasks}
    fits = dataclasses.replace(config, dataset=str(spec.folder), weights=weights, tasks=())
    fits, lowered = _within_reach(fits)
    words = [
        _("This dataset has no task {task}; its weight is left out.").format(task=task)
        for task in dict.fromkeys(lost)
    ]
    return fits, [*lowered, *words]


def _within_reach(config: RunConfig) -> tuple[RunConfig, list[str]]:
    """Weights as far as the form's fields reach, and what was lowered to that."""
    high = {task: weight for task, weight in config.weights.items() if weight > MOST}
    weights = {task: min(weight, MOST) for task, weight in config.weights.items()}
    words = [
        _("The weight of {task} was {weight:g}; it is lowered to {most:g}, the highest here.").format(
            task=task, weight=weight, most=MOST
        )
        for task, weight in high.items()
    ]
    return dataclasses.replace(config, weights=weights), words


def _word(value: Any) -> str:
    """A setting's value in a link: 3 and not 3.0."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)
