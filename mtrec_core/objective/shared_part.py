"""What methods that compare gradients look at, and whether there is anything."""

from mtrec_core.errors import SettingError
from mtrec_core.model.multitask import MultiTaskModel
from mtrec_core.model.sharing_table import sharing_choice
from mtrec_core.objective.aggregations import aggregation_choice
from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.step import Objective


def reads_representation(settings: ObjectiveSettings, encoder_learns: bool, processes: int) -> bool:
    """Whether they look at the entities' vectors, and not at the shared parameters."""
    if settings.gradients_of != "auto":
        return settings.gradients_of == "representation"
    by_parameter = aggregation_choice(settings.aggregation).by_parameter
    return not encoder_learns and processes == 1 and not by_parameter


def demand_shared_part(rule: Objective, model: MultiTaskModel, processes: int) -> None:
    """SettingError where a method needs gradients and the tasks share nothing that learns, or where what it
    is to look at is spread over processes."""
    settings = rule.settings
    if not rule.needs_gradients or len(rule.tasks) < 2:
        return
    name = (
        f"objective.aggregation={settings.aggregation}"
        if rule.by_gradient
        else f"objective.weighting={settings.weighting}"
    )
    if sharing_choice(model.settings.sharing).separate_towers and model.text_encoder is None:
        raise SettingError(
            f"{name} compares the tasks' gradients over what they share, but with model.sharing="
            f"{model.settings.sharing} and a frozen encoder they share nothing that learns. "
            "Choose model.sharing=shared_bottom, or objective.aggregation=sum with objective.weighting=fixed."
        )
    if settings.gradients_of == "representation" and processes > 1:
        raise SettingError(
            f"{name} with objective.gradients_of=representation needs the rows of a step in one process, but "
            f"training.processes is {processes}. Choose objective.gradients_of=parameters."
        )
