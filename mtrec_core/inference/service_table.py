"""What the process that holds models can be asked, and the calls that answer. torch loads with a model."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mtrec_core.inference.predictor import Predictor

Arguments = dict[str, Any]


def _offers(model: "Predictor", arguments: Arguments) -> Any:
    return asdict(model.offers())


def _pool(model: "Predictor", arguments: Arguments) -> Any:
    return asdict(
        model.pool(
            user=arguments.get("user"),
            history=arguments.get("history"),
            query=arguments.get("query"),
            without=arguments.get("without", ()),
        )
    )


def _why(model: "Predictor", arguments: Arguments) -> Any:
    return asdict(
        model.why(
            arguments["items"],
            user=arguments.get("user"),
            history=arguments.get("history"),
            query=arguments.get("query"),
            without=arguments.get("without", ()),
        )
    )


def _why_ads(model: "Predictor", arguments: Arguments) -> Any:
    return asdict(
        model.why_ads(
            arguments["items"],
            user=arguments.get("user"),
            history=arguments.get("history"),
            without=arguments.get("without", ()),
        )
    )


def _person(model: "Predictor", arguments: Arguments) -> Any:
    return asdict(
        model.person(
            user=arguments.get("user"),
            history=arguments.get("history"),
            without=arguments.get("without", ()),
        )
    )


def _related(model: "Predictor", arguments: Arguments) -> Any:
    found = model.related(arguments["item"], arguments.get("n", 5))
    return [{"key": one.item, "text": one.text, "scores": one.scores} for one in found]


def _describe(model: "Predictor", arguments: Arguments) -> Any:
    return model.describe(arguments["item"])


def _answers(model: "Predictor", arguments: Arguments) -> Any:
    found = model.answer(arguments["question"], arguments.get("n", 3))
    return [{"key": one.answer, "text": one.text, "probability": one.score} for one in found]


QUESTIONS: dict[str, Callable[["Predictor", Arguments], Any]] = {
    "offers": _offers,
    "pool": _pool,
    "why": _why,
    "why_ads": _why_ads,
    "person": _person,
    "related": _related,
    "describe": _describe,
    "answers": _answers,
}
"""Name of a question -> the call that answers it, as plain values."""
