"""Why a list looks as it does, and "remove this purchase". No torch here.

A tick in the table takes an event out of the history; the list above is asked anew without it.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from mtrec_core.inference.asked import Explained, Listed, Offers, PastEvent, Person, Why
from mtrec_core.inference.service_client import Whom
from mtrec_core.ui import formats
from mtrec_core.ui.texts import _
from mtrec_core.ui.try_list import headline, named

TABLE = "history"
MOST_SHOWN = 30
"""Events of a long history that the table lists, the newest first."""


def listed_events(person: Person) -> list[PastEvent]:
    """The events in the order of the table."""
    return list(reversed(person.events))[:MOST_SHOWN]


def table_key(whom: Whom) -> str:
    """Another person has another table, so that no tick stays behind."""
    return f"{TABLE}:{whom.user or ','.join(whom.history or ())}"


def removed(whom: Whom, person: Person) -> tuple[int, ...]:
    """Places of the events that are ticked in the table of this person."""
    state = st.session_state.get(table_key(whom))
    rows = state["selection"]["rows"] if state else []
    events = listed_events(person)
    return tuple(sorted(events[row].place for row in rows if row < len(events)))


def show(
    ask: Callable[[Sequence[str]], Why], whom: Whom, person: Person, offers: Offers, listed: Sequence[Listed]
) -> None:
    """The history with what it does to one thing of the list, which `ask` tells of their keys. `person`: with
    the whole history."""
    events = listed_events(person)
    if not events:
        st.info(
            _("The model knows no history of this {person}, so only the other features speak.").format(
                person=offers.person.name if offers.person else ""
            ),
            icon=":material/history_toggle_off:",
        )
        return
    why = ask([one.key for one in listed])
    explained = _pick(why, listed)
    if explained is not None:
        st.markdown(sentence(why, explained, listed, offers))
    st.dataframe(
        table(events, why, explained),
        key=table_key(whom),
        on_select="rerun",
        selection_mode="multi-row",
        hide_index=True,
        height=min(38 + 35 * len(events), 423),
        column_config=_columns(why),
        alt=_("The history, newest first, with each event's attention and effect."),
    )
    st.caption(_honest(why))


def _pick(why: Why, listed: Sequence[Listed]) -> Explained | None:
    if not why.things:
        return None
    names = {one.key: named(one) for one in listed}
    places = {one.key: place for place, one in enumerate(listed, 1)}
    picked = st.pills(
        _("Explain"), list(names), format_func=lambda key: f"{places[key]}. {names[key]}",
        default=listed[0].key, key=f"explain:{','.join(names)}", required=True,
    )  # fmt: skip
    return next((one for one in why.things if one.key == picked), None)


def table(events: Sequence[PastEvent], why: Why, explained: Explained | None) -> pd.DataFrame:
    """A row per event of the whole history; one not read, or taken out, has no attention or effect."""
    effects = {}
    if explained is not None:
        effects = {event.place: effect for event, effect in zip(why.events, explained.effects, strict=True)}
    rows = []
    for event in events:
        effect = effects.get(event.place)
        head, rest = headline(Listed(key=event.key, text=event.text, scores={}))
        change = _("taken out") if event.is_read else _("not read")
        if effect is not None and explained is not None:
            change = change_of(why, explained.value, effect.without)
        rows.append(
            {
                _("Event"): head if head == event.key else f"{head} · {event.key}",
                _("Without it"): change,
                _("Place"): _place(explained, effect.rank_without if effect else None),
                _("Attention"): None
                if effect is None or effect.attention is None
                else 100 * effect.attention,
                _("When"): event.time,
                _("What it is"): rest,
            }
        )
    found = pd.DataFrame(rows)
    if not found[_("Place")].any():
        found = found.drop(columns=_("Place"))
    if found[_("Attention")].isna().all():
        found = found.drop(columns=_("Attention"))
    return found


def change_of(why: Why, value: float, without: float) -> str:
    """How the value would change, in the unit of the task: a ratio of chances, points, or a difference."""
    if why.kind == "retrieval":
        ratio = without / value - 1 if value > 0 else 0.0
        size = round(abs(ratio), 2)
        sign = "±" if not size else "−" if ratio < 0 else "+"
        return f"{sign}{formats.share(size)} ({formats.share(without, 2)})"
    if why.kind in ("binary", "multilabel", "multiclass"):
        return formats.share(without, 1)
    return formats.difference(without - value, 2)


def _place(explained: Explained | None, rank: int | None) -> str:
    if explained is None or explained.rank is None or rank is None:
        return ""
    return str(rank) if rank == explained.rank else f"{explained.rank} → {rank}"


def sentence(why: Why, explained: Explained, listed: Sequence[Listed], offers: Offers) -> str:
    """The two leading events in words: where the reader looked, and what changes most."""
    thing = next(one for one in listed if one.key == explained.key)
    name = named(thing)
    heads = [named(Listed(key=event.key, text=event.text, scores={})) for event in why.events]
    biggest = max(
        range(len(why.events)), key=lambda place: abs(explained.effects[place].without - explained.value)
    )
    effect = explained.effects[biggest]
    told = _("What moves **{name}** most is **{event}** ({when}): without it {change}.").format(
        name=name,
        event=heads[biggest],
        when=why.events[biggest].time or why.events[biggest].key,
        change=_value_change(why, explained.value, effect.without),
    )
    if effect.rank_without is not None and explained.rank is not None:
        moves = _("Its place goes from {before} to {after}.")
        if effect.rank_without == explained.rank:
            moves = _("It stays in place {before}.")
        told += " " + moves.format(before=explained.rank, after=effect.rank_without)
    looked = [effect.attention or 0.0 for effect in explained.effects]
    if max(looked) > 0:
        most = looked.index(max(looked))
        told += " " + _("The reader's attention went most to **{event}** ({share}).").format(
            event=heads[most], share=formats.share(looked[most])
        )
    return (
        told
        + " "
        + _("With no history at all: {value}.").format(value=_value(why, explained.value_without_history))
    )


def _value(why: Why, value: float) -> str:
    if why.kind == "regression":
        return formats.metric(value, 2)
    if why.kind == "ranking":
        return _("score {value}").format(value=formats.metric(value, 2))
    return _("a chance of {value}").format(value=formats.share(value, 2))


def _value_change(why: Why, value: float, without: float) -> str:
    return _("{after} instead of {before}").format(after=_value(why, without), before=_value(why, value))


def _columns(why: Why) -> dict[str, Any]:
    looked = [effect.attention or 0.0 for one in why.things for effect in one.effects]
    most = 10 * math.ceil(10 * max(looked, default=1.0)) or 100
    effect = _(
        "Measured: the list is asked again with this event taken out. For a recommendation, the change of "
        "the model's chance that this is the next choice (and the chance that remains)."
    )
    return {
        _("Event"): st.column_config.TextColumn(width="medium", help=_("A tick takes it out.")),
        _("When"): st.column_config.TextColumn(width="small"),
        _("Attention"): st.column_config.ProgressColumn(
            min_value=0, max_value=most, format="%.0f %%", width="small",
            help=_("Where the history reader looked; the shares add up to 100 %. It is no effect."),
        ),
        _("Without it"): st.column_config.TextColumn(width=128, alignment="right", help=effect),
        _("Place"): st.column_config.TextColumn(
            width=100, alignment="right", help=_("In the whole list, now and without this event.")
        ),
        _("What it is"): st.column_config.TextColumn(width="large"),
    }  # fmt: skip


def _honest(why: Why) -> str:
    parts = [_("Tick rows to take them out of the history: the list above is asked anew without them.")]
    if why.reader == "both":
        parts.append(
            _(
                "Attention is only part of how this run reads a history; a recurrent network reads it, "
                "too, so the effect says more."
            )
        )
    elif why.reader == "gru":
        parts.append(_("This run reads a history with a recurrent network, which has no attention to show."))
    elif why.reader == "attention":
        parts.append(
            _("Attention tells where the reader looked, the effect what that did; they need not agree.")
        )
    if why.shared_attention:
        parts.append(
            _("The history is read once for the whole list, so attention is the same for each line.")
        )
    parts.append(_("What training learned from an event stays in the model."))
    if why.kind == "retrieval":
        parts.append(_("What was had before is not listed again."))
    return " ".join(parts)
