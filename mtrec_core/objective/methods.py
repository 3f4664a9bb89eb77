"""Weightings and aggregations together: a run trains by one of them. No torch here."""

from mtrec_core.objective.aggregations import AGGREGATIONS, AggregationChoice, aggregation_choice
from mtrec_core.objective.weightings import WEIGHTINGS, WeightingChoice, weighting_choice

MethodChoice = WeightingChoice | AggregationChoice


def deciding_method(weighting: str, aggregation: str) -> MethodChoice:
    """The row that says what becomes of the user's weights: `equal` before the aggregation, that before other
    weightings."""
    if weighting == "equal" or aggregation == "sum":
        return weighting_choice(weighting)
    return aggregation_choice(aggregation)


def all_methods() -> list[MethodChoice]:
    """Every row that a run can train by; the sum is what weightings end in."""
    return [*WEIGHTINGS.values(), *(row for key, row in AGGREGATIONS.items() if key != "sum")]


def setting_of(method: MethodChoice) -> str:
    """The dotted name of the setting whose value the row is."""
    return "objective.weighting" if isinstance(method, WeightingChoice) else "objective.aggregation"
