"""Which rows of which task a step sees. A pure function of the seed and the step, so a resumed run goes on
the same. No torch here."""

from collections.abc import Mapping

import numpy as np

from mtrec_core.data.dataset import Dataset


class Sampler:
    """Each step draws about `batch_size` units over all tasks, a task in proportion to its training rows **
    power.

    The unit is a row; for a ranking task it is a whole list, which counts as its mean number of rows. A task
    is read
    in a random order that changes with every pass over it. Tasks of one table read its rows in the same
    order, so that
    a step needs few distinct texts: with five labels of a review, its text is read once and serves five
    tasks.
    """

    def __init__(self, dataset: Dataset, tasks: list[str], batch_size: int, power: float, seed: int) -> None:
        self.seed = seed
        self.units = {task: training_units(dataset, task) for task in tasks}
        self.units = {task: units for task, units in self.units.items() if len(units)}
        rows = {
            task: float(sum(map(len, units))) if isinstance(units, list) else float(len(units))
            for task, units in self.units.items()
        }
        self.rows = rows
        weight = {task: count**power for task, count in rows.items()}
        share = {task: value / sum(weight.values()) for task, value in weight.items()}
        self.per_step = {
            task: min(batch_size * share[task] * len(units) / rows[task], float(len(units)))
            for task, units in self.units.items()
        }
        """Units of each task in a step; a fraction is met on average."""
        self.steps_per_epoch = max(1, round(sum(rows.values()) / batch_size))
        tables = list(dict.fromkeys(_table_of(dataset, task) for task in tasks))
        self._table = {task: tables.index(_table_of(dataset, task)) for task in self.units}
        self._length = {task: len(dataset.tasks[task]) for task in self.units}
        self._order: dict[tuple[str, int], np.ndarray] = {}

    def draw(self, step: int, part: int = 0, parts: int = 1) -> dict[str, np.ndarray]:
        """Rows of each task for step 0, 1, ...; a task whose turn it is not is left out.

        Of several `parts` each gets every so many-th unit, the same for all tasks of a table; together they
        are the whole step.
        """
        drawn = {}
        for task, units in self.units.items():
            begin, end = int(step * self.per_step[task]), int((step + 1) * self.per_step[task])
            first = (part - begin) % parts
            if end - begin <= first:
                continue
            places = np.concatenate(
                [self._pass(task, turn)[low:high] for turn, low, high in _cut(begin, end, len(units))]
            )[first::parts]
            drawn[task] = (
                np.concatenate([units[place] for place in places])
                if isinstance(units, list)
                else units[places]
            )
        return drawn

    def _pass(self, task: str, turn: int) -> np.ndarray:
        """The order of a task's units in its `turn`-th pass: by a random number that each row of the table
        has."""
        if (task, turn) not in self._order:
            self._order = {
                key: order for key, order in self._order.items() if key[0] != task or key[1] == turn - 1
            }
            generator = np.random.default_rng([self.seed, self._table[task], turn])
            priority_R = generator.random(self._length[task])
            units = self.units[task]
            rows = np.array([unit[0] for unit in units]) if isinstance(units, list) else units
            self._order[task, turn] = np.argsort(priority_R[rows], kind="stable")
        return self._order[task, turn]


def _table_of(dataset: Dataset, task: str) -> tuple[str, int]:
    """Tasks with the same answer have the same rows."""
    data = dataset.tasks[task]
    return data.spec.table, len(data)


def training_units(dataset: Dataset, task: str) -> np.ndarray | list[np.ndarray]:
    """The labelled training rows of a task; for a ranking task one array of rows per list."""
    data = dataset.tasks[task]
    rows = data.rows("train")
    if data.spec.kind != "ranking":
        return rows
    keys = (data.group_R if data.group_R is not None else data.inputs[0])[rows]
    order = np.argsort(keys, kind="stable")
    edges = np.flatnonzero(np.diff(keys[order])) + 1
    lists = np.split(rows[order], edges) if len(rows) else []
    return [part for part in lists if data.label_R[part].max() > data.label_R[part].min()]


def _cut(begin: int, end: int, length: int) -> list[tuple[int, int, int]]:
    """The range begin..end over an endless row of passes of `length`: (pass, low, high) for each pass it
    meets."""
    parts = []
    while begin < end:
        turn, low = divmod(begin, length)
        high = min(low + end - begin, length)
        parts.append((turn, low, high))
        begin += high - low
    return parts


class NegativeSampler:
    """Targets drawn for a retrieval step, in proportion to their training count ** 0.75, with replacement."""

    def __init__(self, counts_N: np.ndarray, negatives: int, seed: int) -> None:
        weight_N = np.maximum(counts_N, 0.1).astype(np.float64) ** 0.75
        self.probability_N = weight_N / weight_N.sum()
        self.cumulative_N = np.cumsum(self.probability_N)
        self.negatives = negatives
        self.seed = seed
        self.log_expected_N = np.log(self.probability_N * negatives).astype(np.float32)
        """float32 [N]: log of how often each target is expected in a draw."""

    def draw(self, step: int) -> np.ndarray:
        """int64 [S]: codes for this step."""
        generator = np.random.default_rng([self.seed, step])
        places = np.searchsorted(
            self.cumulative_N, generator.random(self.negatives) * self.cumulative_N[-1], side="right"
        )
        return np.minimum(places, len(self.cumulative_N) - 1)


def negative_samplers(
    dataset: Dataset, tasks: Mapping[str, str], negatives: int, seed: int
) -> dict[str, NegativeSampler]:
    """A sampler per retrieval task; `tasks` names the target entity of each."""
    samplers = {}
    for number, (task, entity) in enumerate(tasks.items()):
        data = dataset.tasks[task]
        counts_N = np.bincount(data.inputs[-1][data.rows("train")], minlength=len(dataset.entities[entity]))
        samplers[task] = NegativeSampler(counts_N, negatives, seed + 7919 * (number + 1))
    return samplers
