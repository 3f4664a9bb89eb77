"""The towers of all entities, their readers of histories, and what a preference makes of them.

Shape suffixes: D = width, n = entities.
"""

from collections.abc import Mapping
from typing import cast

from torch import Tensor, nn

from mtrec_core.model.config import ModelSettings
from mtrec_core.model.plan import ModelPlan
from mtrec_core.model.preference import Preference
from mtrec_core.model.towers import EntityTower, HistoryReader, TowerInputs, TowerShape


class TowerSet(nn.Module):
    """A tower per entity and a reader per history; one set for all tasks, or one per task when nothing is
    shared."""

    def __init__(self, plan: ModelPlan, settings: ModelSettings) -> None:
        super().__init__()
        self.towers = nn.ModuleDict()
        self.readers = nn.ModuleDict()
        self.norms = nn.ModuleDict()
        self.preferences = nn.ModuleDict()
        for name, entity in plan.entities.items():
            shape = TowerShape(
                text_width=plan.text_width if entity.has_text else 0,
                ngram_buckets=settings.ngram_buckets if entity.has_text else 0,
                own_vectors=entity.own_vectors,
                cardinalities=entity.cardinalities,
                numeric_width=entity.numeric_width,
                history_of=entity.history_of,
            )
            self.towers[name] = EntityTower(shape, settings)
            if plan.preference:
                self.preferences[name] = Preference(list(plan.tasks), settings.width)
            if entity.history_of:
                self.readers[name] = HistoryReader(settings, entity.history_length, entity.history_ordered)
                self.norms[name] = nn.LayerNorm(settings.width)

    def reader(self, entity: str) -> HistoryReader | None:
        """Reads the entity's history; None when it has none."""
        return cast(HistoryReader, self.readers[entity]) if entity in self.readers else None

    def vectors(self, entity: str, inputs: TowerInputs, shares: Mapping[str, float]) -> Tensor:
        """[n, D]: of some entities, without history, under the preference that a model may read."""
        made_nD: Tensor = self.towers[entity](inputs)
        return self.preferences[entity](made_nD, shares) if entity in self.preferences else made_nD
