"""What pages ask trained models: the questions, and for whom. No torch here: `service_process` asks.

An answer is a value of `inference.asked`; an error of the model's process is raised here with its words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtrec_core.errors import UserError
from mtrec_core.home import Home
from mtrec_core.inference.asked import (
    FoundAnswer,
    Listed,
    Offers,
    Person,
    Pool,
    ProfileValue,
    Progress,
    Why,
)
from mtrec_core.inference.asked_json import listed_from, offers_from, person_from, pool_from, why_from
from mtrec_core.inference.service_process import ask_service
from mtrec_core.inference.service_protocol import IDLE_SECONDS, service_folder


@dataclass(frozen=True, kw_only=True)
class Whom:
    """For whom a list is made: a known user, a typed history, a search, or a search of either."""

    user: str | None = None
    history: tuple[str, ...] | None = None
    query: str | None = None
    without: tuple[int, ...] = ()
    """Places of events that are taken out of the history."""

    def to_json(self) -> dict[str, Any]:
        """The arguments of a question."""
        return {
            "user": self.user,
            "history": None if self.history is None else list(self.history),
            "query": self.query,
            "without": list(self.without),
        }


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    """The model in a bundle's folder, held by the process of a home."""

    home: Home
    folder: Path
    idle_seconds: float = IDLE_SECONDS

    def offers(self) -> Offers:
        """Which questions the run can answer."""
        return offers_from(self._ask("offers", {}))

    def pool(self, whom: Whom) -> Pool:
        """The first candidates with every task's score."""
        return pool_from(self._ask("pool", whom.to_json()))

    def person(self, whom: Whom) -> Person:
        """History, profile and ads; `query` is not looked at."""
        return person_from(self._ask("person", whom.to_json()))

    def why(self, whom: Whom, items: Sequence[str]) -> Why:
        """What the person's events do to these items of the pool."""
        return why_from(self._ask("why", whom.to_json() | {"items": list(items)}))

    def why_ads(self, whom: Whom, ads: Sequence[str]) -> Why:
        """What the person's events do to these ads; `query` is not looked at."""
        return why_from(self._ask("why_ads", whom.to_json() | {"items": list(ads)}))

    def related(self, item: str, n: int = 5) -> tuple[Listed, ...]:
        """The n items that go best with an item."""
        return listed_from(self._ask("related", {"item": item, "n": n}))

    def describe(self, item: str) -> dict[str, ProfileValue]:
        """What the tasks about an item alone say."""
        found: dict[str, ProfileValue] = self._ask("describe", {"item": item})
        return found

    def answers(self, question: str, n: int = 3) -> tuple[FoundAnswer, ...]:
        """The n answer templates that fit best."""
        return tuple(FoundAnswer(**one) for one in self._ask("answers", {"question": question, "n": n}))

    def predict_file(self, task: str, source: Path, target: Path, n: int = 10) -> Progress:
        """Begins to predict the rows of a table into a CSV file."""
        arguments = {"task": task, "source": str(source), "target": str(target), "n": n}
        return Progress(**self._ask("predict_file", arguments))

    def progress(self, target: Path) -> Progress:
        """How far the predictions are; complete once their file is there. UserError when they are lost."""
        if target.is_file():
            return Progress(done=0, rows=0, written=str(target), error="")
        return Progress(**self._ask("progress", {"target": str(target)}))

    def _ask(self, ask: str, arguments: dict[str, Any]) -> Any:
        if not (self.folder / "bundle.json").is_file():
            raise UserError(
                f"There is no model in {self.folder}: the run has not completed, or it was removed."
            )
        content = {"ask": ask, "model": str(self.folder), "arguments": arguments}
        return ask_service(self.home, content, self.idle_seconds)


def uploads_folder(home: Home, name: str) -> Path:
    """Where one uploaded table and its predictions lie; made if it is missing."""
    folder = service_folder(home.root) / "uploads" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
