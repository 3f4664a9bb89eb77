"""Task weights as the Train page draws and changes them. No torch, no streamlit here."""

import html
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mtrec_core.ui.charts.palette import faint, task_colour

SYMBOLS = "αβγδεζηθικλμνξοπρστυφχψω"
SLIDER_MOST = 3.0
"""What the slider reaches; the number beside it takes more."""
MOST = 1000.0


def symbol(place: int) -> str:
    """The Greek letter of a task's weight by the task's place; then w25, w26, ..."""
    return SYMBOLS[place] if place < len(SYMBOLS) else f"w{place + 1}"


def rounded(weight: float) -> float:
    """A weight with three digits that count."""
    return min(MOST, float(f"{weight:.3g}"))


def normalised(weights: Mapping[str, float], locked: Collection[str] = ()) -> dict[str, float]:
    """The weights so that their mean is 1, as if all were equal; locked ones and zeros stay.

    Where the locked ones alone are too heavy for that, the others stay as they are.
    """
    return _to_mean_1(weights, {task: weight for task, weight in weights.items() if task not in locked})


def equal(weights: Mapping[str, float], locked: Collection[str] = ()) -> dict[str, float]:
    """1 for every task that is not locked."""
    return {task: weight if task in locked else 1.0 for task, weight in weights.items()}


def by_inverse_loss(
    weights: Mapping[str, float], losses: Mapping[str, float], locked: Collection[str] = ()
) -> dict[str, float]:
    """In proportion to 1 / first loss, with mean 1: at the start each task adds as much to the total."""
    wanted = {task: 1 / losses[task] for task in weights if task not in locked and losses.get(task, 0) > 0}
    return _to_mean_1(weights, wanted)


def by_data_size(
    weights: Mapping[str, float], rows: Mapping[str, int], locked: Collection[str] = ()
) -> dict[str, float]:
    """In proportion to the training rows, with mean 1."""
    wanted = {task: float(rows[task]) for task in weights if task not in locked and rows.get(task, 0) > 0}
    return _to_mean_1(weights, wanted)


def _to_mean_1(weights: Mapping[str, float], wanted: Mapping[str, float]) -> dict[str, float]:
    """`wanted` scaled so that all weights together have mean 1 over the tasks that count at all."""
    rest = sum(weight for task, weight in weights.items() if task not in wanted)
    counting = sum(1 for task, weight in weights.items() if task in wanted or weight > 0)
    counting -= sum(1 for weight in wanted.values() if weight == 0)
    room, total = counting - rest, sum(wanted.values())
    if total <= 0 or room <= 0:
        return dict(weights)
    return {
        task: rounded(wanted[task] * room / total) if task in wanted else weight
        for task, weight in weights.items()
    }


@dataclass(frozen=True, kw_only=True)
class Term:
    """One summand of the total loss."""

    symbol: str
    task: str
    weight: float
    colour: str

    @property
    def is_out(self) -> bool:
        """Whether the task is not trained."""
        return self.weight == 0


def terms_of(weights: Mapping[str, float], equal: bool, dark: bool) -> list[Term]:
    """The summands with the weights that count: with `equal`, 1 for each task above 0."""
    names = list(weights)
    return [
        Term(
            symbol=symbol(place),
            task=task,
            weight=(1.0 if weight > 0 else 0.0) if equal else weight,
            colour=task_colour(task, names, dark),
        )
        for place, (task, weight) in enumerate(weights.items())
    ]


def formula_words(terms: Sequence[Term]) -> str:
    """The formula as plain text, with its numbers."""
    counted = [f"{term.weight:g} L_{term.task}" for term in terms if not term.is_out]
    return "L = " + (" + ".join(counted) or "0")


def formula_html(terms: Sequence[Term], numbers: bool) -> str:
    """The formula with its symbols, a card a task, and the bar of shares; with `numbers` each card has its
    weight.

    The reader hears `formula_words`; the drawing is for the eye alone.
    """
    parts = []
    for term in terms:
        name, faded = html.escape(term.task), " mt-out" if term.is_out else ""
        size = 0.82 + 0.3 * min(term.weight, 3.0) / 3.0
        value = _value(term, size) if numbers else ""
        parts.append(
            f'<span class="mt-term{faded}" style="--c:{term.colour};--b:{faint(term.colour, 0.14)}">'
            f'<span><i>{term.symbol}</i> <span class="mt-l">L<sub>{name}</sub></span></span>{value}</span>'
        )
    plus = '<span class="mt-plus">+</span>'
    whole = sum(term.weight for term in terms) or 1.0
    bar = "".join(
        f'<span title="{html.escape(term.task)}" style="width:{100 * term.weight / whole:.2f}%;'
        f'background:{term.colour}"></span>'
        for term in terms
        if not term.is_out
    )
    spoken = html.escape(formula_words(terms), quote=True)
    return (
        f'{STYLE}<div class="mt-formula" role="img" aria-label="{spoken}">'
        f'<div class="mt-terms"><span class="mt-total">L</span><span class="mt-plus">=</span>'
        f'{plus.join(parts)}</div><div class="mt-bar">{bar}</div></div>'
    )


def _value(term: Term, size: float) -> str:
    """The weight below its symbol, larger as it weighs more."""
    return f'<b style="font-size:{size:.2f}em">{term.symbol} = {term.weight:.3g}</b>'


def mark_html(colour: str) -> str:
    """The bar before a slider that carries the task's colour."""
    return (
        '<span style="display:inline-block;width:.35rem;height:2.6rem;border-radius:.2rem;'
        f'background:{colour}"></span>'
    )


STYLE = """<style>
.mt-formula { padding: .9rem 1rem .8rem; border: 1px solid rgba(128,140,160,.28); border-radius: .6rem; }
.mt-terms { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem .45rem; font-size: 1.05rem; }
.mt-total { font-family: Georgia, "Times New Roman", serif; font-style: italic; font-size: 1.5rem; }
.mt-plus { opacity: .65; }
.mt-term { display: inline-flex; flex-direction: column; align-items: center; padding: .3rem .7rem .35rem;
  border-radius: .5rem; background: var(--b); box-shadow: inset 0 -2px 0 var(--c);
  font-variant-numeric: tabular-nums; transition: background .2s; }
.mt-term i { font-family: Georgia, "Times New Roman", serif; font-size: 1.05rem; opacity: .8; }
.mt-l { font-family: Georgia, "Times New Roman", serif; font-style: italic; }
.mt-l sub { font-family: "Source Sans", sans-serif; font-style: normal; font-size: .78em; }
.mt-out { opacity: .45; text-decoration: line-through; }
.mt-bar { display: flex; height: .5rem; margin-top: .75rem; border-radius: .25rem; overflow: hidden;
  background: rgba(128,140,160,.2); }
.mt-bar span { transition: width .25s ease; }
</style>"""
