"""A trained run at work: predictions, recommendations, ads, related items, answers, profiles, fusion.

The answers themselves are made in the files beside this one; here is what can be asked.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from mtrec_core.evaluation.fusion_file import FusionLists, load_fusion
from mtrec_core.inference import answers, recommend, row_predictions
from mtrec_core.inference.answers import Answer
from mtrec_core.inference.asked import Listed, Offers, Person, Pool, ProfileValue, Why
from mtrec_core.inference.engine import Engine
from mtrec_core.inference.known import task_named
from mtrec_core.inference.offers import offers_of, served_item
from mtrec_core.inference.past import thing
from mtrec_core.inference.person_card import person_card
from mtrec_core.inference.recommend import Recommendation, Seen
from mtrec_core.inference.why import explain


class Predictor:
    """The model in a bundle's folder. It needs neither the dataset nor the run any more.

    Every question that the run's tasks can't answer, and every unknown user, item or task, is a UserError
    that says what there is.
    """

    def __init__(self, folder: Path, vectors_cache: Path | None = None) -> None:
        """DataError for a broken bundle. `vectors_cache`: keeps the vectors of tables with many new texts."""
        self._engine = Engine(Path(folder), vectors_cache)
        self._fusion: FusionLists | None = None

    @property
    def tasks(self) -> dict[str, str]:
        """Task -> kind."""
        return {name: data.spec.kind for name, data in self._engine.dataset.tasks.items()}

    def predict(self, task: str, table: pa.Table, n: int = 10) -> pd.DataFrame:
        """A task's predictions per row: see `inference.row_predictions`. `n`: items of a retrieval."""
        return row_predictions.predict_rows(self._engine, task, table, n)

    def recommend(
        self,
        *,
        user: str | None = None,
        history: Sequence[str] | None = None,
        query: str | None = None,
        n: int = 5,
        fuse: str | Mapping[str, float] | None = None,
        seen: Seen | None = None,
    ) -> list[Recommendation]:
        """The n best items for a user, a typed history, or a search of either: see `inference.recommend`."""
        return recommend.recommend(
            self._engine, user=user, history=history, query=query, n=n, fuse=fuse, seen=seen
        )

    def pool(
        self,
        *,
        user: str | None = None,
        history: Sequence[str] | None = None,
        query: str | None = None,
        seen: Seen | None = None,
        without: Sequence[int] = (),
    ) -> Pool:
        """What `recommend` would fuse: the leading task's first candidates with every task's score.

        `without`: places of events, counted from a person's oldest (0), that are taken out of the history.
        """
        request = recommend.request_for(self._engine, user, history, query, without)
        codes, table = recommend.first_candidates(self._engine, request, recommend.POOL, seen)
        rows = table.to_dict(orient="records")
        listed = []
        for code, scores in zip(codes.tolist(), rows, strict=True):
            one = thing(self._engine.dataset, request.candidate, code)
            listed.append(Listed(key=one.key, text=one.text, scores=scores))
        return Pool(leading=request.leading, tasks=request.tasks, listed=tuple(listed))

    def why(
        self,
        items: Sequence[str],
        *,
        user: str | None = None,
        history: Sequence[str] | None = None,
        query: str | None = None,
        seen: Seen | None = None,
        without: Sequence[int] = (),
    ) -> Why:
        """What the person's events do to these items of the list that `pool` gives: see `inference.why`."""
        request = recommend.request_for(self._engine, user, history, query, without)
        return explain(self._engine, request, items, seen)

    def why_ads(
        self,
        ads: Sequence[str],
        *,
        user: str | None = None,
        history: Sequence[str] | None = None,
        without: Sequence[int] = (),
    ) -> Why:
        """What the person's events do to the chance that these ads are clicked."""
        return explain(self._engine, recommend.ads_for(self._engine, user, history, without), ads)

    def person(
        self,
        *,
        user: str | None = None,
        history: Sequence[str] | None = None,
        without: Sequence[int] = (),
        most: int = 50,
        ads: int = 3,
    ) -> Person:
        """What is known of somebody, and what the run's tasks say: the latest events, profile, ads."""
        return person_card(self._engine, user=user, history=history, without=without, most=most, ads=ads)

    def describe(self, item: str) -> dict[str, ProfileValue]:
        """What the tasks about an item alone say, such as its tags."""
        return answers.describe(self._engine, served_item(self._engine.dataset), item)

    def offers(self) -> Offers:
        """Which questions this run can answer, and what they may name."""
        return offers_of(self._engine)

    def rank_ads(
        self,
        user: str | None = None,
        n: int = 5,
        *,
        history: Sequence[str] | None = None,
        without: Sequence[int] = (),
    ) -> list[Recommendation]:
        """The n ads that a person is most likely to click, in the context of `usual_context`."""
        return recommend.rank_ads(self._engine, user=user, history=history, n=n, without=without)

    def related(self, item: str, n: int = 5, seen: Seen | None = None) -> list[Recommendation]:
        """The n items that go best with an item."""
        return recommend.related(self._engine, item=item, n=n, seen=seen)

    def answer(self, question: str, n: int = 1) -> list[Answer]:
        """The n answer templates that fit a question best, with their probabilities."""
        return answers.answer(self._engine, question, n)

    def profile(
        self, user: str | None = None, history: Sequence[str] | None = None
    ) -> dict[str, ProfileValue]:
        """What the tasks about a user alone say: probability, number, or class -> probability."""
        return answers.profile(self._engine, user=user, history=history)

    def usual_context(self, task: str) -> dict[str, str | float]:
        """Column -> the value that a task takes where none is given: train's most common, or its median."""
        return dict(self._engine.bundle.snapshot.contexts[task_named(self._engine.dataset, task)].shown)

    def fused_validation(self, fuse: str | Mapping[str, float]) -> float:
        """NDCG@10 on validation of the recommending task's lists, reordered by fused scores."""
        return self._fusion_lists().validation_metric(fuse)

    def fusion_weights(self, fuse: str | Mapping[str, float]) -> dict[str, float]:
        """Task -> weight (their sum is 1) by a rule of `evaluation.fusion`, or as given."""
        return self._fusion_lists().weights(fuse)

    def _fusion_lists(self) -> FusionLists:
        if self._fusion is None:
            self._fusion = load_fusion(self._engine.bundle.folder)
        return self._fusion
