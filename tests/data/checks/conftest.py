"""A small shop without a fault, and the means to plant one."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mtrec_core.data.checks.run import check
from mtrec_core.data.issues import Issue
from mtrec_core.data.schema import DatasetSpec, EntitySpec, HistorySpec, TaskSpec

USERS, ITEMS, PURCHASES, QUESTIONS = 600, 500, 2400, 600


@dataclass
class Shop:
    """Tables and their declaration; tests change both before they ask for the issues."""

    folder: Path
    tables: dict[str, pd.DataFrame]
    entities: dict[str, EntitySpec]
    tasks: dict[str, TaskSpec]
    texts: dict[str, str | None] = field(default_factory=dict)
    """File -> what stands in it instead of the table; None: the file isn't there."""

    def change_entity(self, entity: str, **values) -> None:
        """Declares an entity differently."""
        self.entities[entity] = replace(self.entities[entity], **values)

    def change_task(self, task: str, **values) -> None:
        """Declares a task differently."""
        self.tasks[task] = replace(self.tasks[task], **values)

    def only(self, *tasks: str) -> None:
        """Keeps these tasks and the tables and entities that they need."""
        self.tasks = {name: self.tasks[name] for name in tasks}
        used = {name for task in self.tasks.values() for name in task.inputs}
        if "purchase" not in tasks:
            self.change_entity("user", history=None)
        self.entities = {name: entity for name, entity in self.entities.items() if name in used}

    def spec(self) -> DatasetSpec:
        """Writes the tables and gives the declaration."""
        for file, table in self.tables.items():
            table.to_csv(self.folder / file, index=False)
        for file, text in self.texts.items():
            (self.folder / file).unlink(missing_ok=True)
            if text is not None:
                (self.folder / file).write_text(text, encoding="utf-8")
        return DatasetSpec(
            name="shop", folder=self.folder, tables=self.folder, entities=self.entities, tasks=self.tasks
        )

    def issues(self, code: str | None = None) -> list[Issue]:
        """What the checks find, of one kind or of all."""
        return [issue for issue in check(self.spec()) if code in (None, issue.code)]

    def issue(self, code: str) -> Issue:
        """The only issue of a kind."""
        found = self.issues(code)
        assert len(found) == 1, found
        return found[0]


def shop_tables() -> dict[str, pd.DataFrame]:
    """Tables whose columns are drawn independently of each other, so that nothing reveals anything."""
    rng = np.random.default_rng(11)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(PURCHASES) * 3, unit="h")
    users = pd.DataFrame(
        {
            "user_id": [f"u{n}" for n in range(USERS)],
            "city": rng.choice(["Rome", "Oslo", "Lima"], USERS),
            "age": rng.integers(18, 80, USERS),
            "is_member": rng.integers(0, 2, USERS),
        }
    )
    items = pd.DataFrame(
        {
            "item_id": [f"i{n}" for n in range(ITEMS)],
            "title": [f"Lamp number {n}" for n in range(ITEMS)],
            "brand": rng.choice(["Lux", "Nox", "Vex", "Rax"], ITEMS),
            "price": rng.uniform(5, 90, ITEMS).round(2),
            "room": rng.choice(["kitchen", "garden", "study"], ITEMS),
            "tags": ["|".join(rng.choice(["warm", "cold", "led"], 2, replace=False)) for _ in range(ITEMS)],
        }
    )
    bought = pd.DataFrame(
        {
            "user_id": users["user_id"].to_numpy()[np.arange(PURCHASES) % USERS],
            "item_id": items["item_id"].to_numpy()[(np.arange(PURCHASES) * 7) % ITEMS],
            "time": days.strftime("%Y-%m-%d %H:%M:%S"),
            "stars": rng.integers(1, 6, PURCHASES),
        }
    )
    seen = pd.DataFrame(
        {
            "user_id": np.concatenate([bought["user_id"], rng.permutation(bought["user_id"])]),
            "item_id": np.tile(bought["item_id"], 2),
            "time": np.concatenate([days - pd.Timedelta("1h"), days - pd.Timedelta("90min")]),
            "clicked": np.repeat([1, 0], PURCHASES),
            "slot": rng.integers(1, 5, 2 * PURCHASES),
        }
    )
    seen = seen.sort_values("time", ignore_index=True)
    questions = pd.DataFrame(
        {
            "text": [f"Where is my parcel {n}?" for n in range(QUESTIONS)],
            "topic": rng.choice(["late", "lost", "other"], QUESTIONS),
        }
    )
    searches = pd.DataFrame(
        {
            "search_id": np.repeat(np.arange(QUESTIONS // 3), 5),
            "query": np.repeat([f"lamp {n % 50}" for n in range(QUESTIONS // 3)], 5),
            "item_id": items["item_id"].to_numpy()[np.arange(5 * (QUESTIONS // 3)) % ITEMS],
            "grade": rng.integers(0, 4, 5 * (QUESTIONS // 3)),
        }
    )
    return {
        "users.csv": users,
        "items.csv": items,
        "purchases.csv": bought,
        "impressions.csv": seen,
        "questions.csv": questions,
        "searches.csv": searches,
    }


def shop_entities() -> dict[str, EntitySpec]:
    return {
        "user": EntitySpec(
            name="user",
            table="users.csv",
            key="user_id",
            categorical=("city",),
            numeric=("age",),
            history=HistorySpec(table="purchases.csv", item="item_id", time="time"),
        ),
        "item": EntitySpec(
            name="item",
            table="items.csv",
            key="item_id",
            text="{title}. {brand}",
            categorical=("brand",),
            numeric=("price",),
        ),
        "question": EntitySpec(name="question", text="{text}", id_embedding=False),
        "query": EntitySpec(name="query", text="{query}", id_embedding=False),
    }


def shop_tasks() -> dict[str, TaskSpec]:
    pair = ("user", "item")
    return {
        "purchase": TaskSpec(
            name="purchase", kind="retrieval", table="purchases.csv", inputs=pair, time="time"
        ),
        "stars": TaskSpec(
            name="stars", kind="regression", table="purchases.csv", inputs=pair, label="stars", time="time"
        ),
        "click": TaskSpec(
            name="click",
            kind="binary",
            table="impressions.csv",
            inputs=pair,
            label="clicked",
            context=("slot",),
            time="time",
        ),
        "member": TaskSpec(
            name="member", kind="binary", table="users.csv", inputs=("user",), label="is_member"
        ),
        "room": TaskSpec(name="room", kind="multiclass", table="items.csv", inputs=("item",), label="room"),
        "tags": TaskSpec(name="tags", kind="multilabel", table="items.csv", inputs=("item",), label="tags"),
        "topic": TaskSpec(
            name="topic", kind="multiclass", table="questions.csv", inputs=("question",), label="topic"
        ),
        "search": TaskSpec(
            name="search",
            kind="ranking",
            table="searches.csv",
            inputs=("query", "item"),
            label="grade",
            group="search_id",
        ),
    }


@pytest.fixture(scope="session")
def tables() -> dict[str, pd.DataFrame]:
    return shop_tables()


@pytest.fixture
def shop(tmp_path: Path, tables: dict[str, pd.DataFrame]) -> Shop:
    return Shop(
        folder=tmp_path,
        tables={file: table.copy() for file, table in tables.items()},
        entities=shop_entities(),
        tasks=shop_tasks(),
    )
