"""Who is asked about, and what the run says of somebody: profile, ads. No torch here."""

import html
import random
from collections.abc import Sequence

import streamlit as st

from mtrec_core.inference.asked import Kind, Listed, Offers, Person, ProfileValue, Thing
from mtrec_core.inference.service_client import Whom
from mtrec_core.ui import formats, links
from mtrec_core.ui.charts.palette import QUIET, task_colour
from mtrec_core.ui.texts import _, n_
from mtrec_core.ui.theme import SHADES
from mtrec_core.ui.try_list import headline, score

MOST_CLASSES = 5
"""Classes or tags that a profile shows, the most probable first."""
FIRST_HISTORY = 3
"""Items of the history that is typed at first."""


def choose(offers: Offers) -> Whom | None:
    """A known user or a typed history; None while nothing is typed."""
    person = offers.person
    assert person is not None, "asked only where the run knows persons"
    ways = {"known": _("Known {person}").format(person=person.name)}
    if offers.remembers and offers.item is not None:
        ways["typed"] = _("Typed history")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        way: str | None = "known"
        if len(ways) > 1:
            links.begin("who", ways, "known")
            way = st.segmented_control(
                _("Whose list"), list(ways), format_func=lambda key: ways[key], key="who", required=True,
                width="content",
            )  # fmt: skip
            links.keep("who", way, "known")
        if way == "typed" and offers.item is not None:
            return _typed(offers.item)
        return _known(person)


def _known(person: Kind) -> Whom | None:
    texts = {one.key: one.text for one in person.first}
    keys = list(texts)
    first = keys[min(3, len(keys) - 1)] if keys else ""
    links.begin("user", None, first)
    if st.session_state["user"] and st.session_state["user"] not in texts:
        keys.insert(0, st.session_state["user"])
    picked = st.selectbox(
        person.name.capitalize(), keys, key="user", accept_new_options=True, width=420,
        format_func=lambda key: f"{key} · {texts[key]}" if texts.get(key) else key,
        help=n_(
            "There is {n}. Choose, or type a key.", "There are {n}. Choose, or type any key.", person.count
        ).format(n=formats.whole(person.count)),
    )  # fmt: skip
    st.button(
        _("Another"), icon=":material/shuffle:", key="another_user", on_click=_draw, args=(list(texts),),
        help=_("One of those in the list, drawn at random."),
    )  # fmt: skip
    links.keep("user", picked, first)
    return Whom(user=picked) if picked else None


def _draw(keys: Sequence[str]) -> None:
    st.session_state["user"] = random.choice(keys)


def _typed(item: Kind) -> Whom | None:
    texts = {one.key: one.text for one in item.first}
    keys = list(texts)
    picked = st.multiselect(
        _("History, the oldest first"), keys, default=keys[:FIRST_HISTORY], key="typed_history",
        accept_new_options=True, width="stretch",
        format_func=lambda key: item_label(key, texts.get(key, "")),
        placeholder=_("Choose or type keys"),
    )  # fmt: skip
    return Whom(history=tuple(picked)) if picked else None


def item_label(key: str, text: str) -> str:
    """An item in a list to choose from."""
    head, _rest = headline(Listed(key=key, text=text, scores={}))
    return key if head == key else f"{head} · {key}"


def labels(things: Sequence[Thing]) -> dict[str, str]:
    """Key -> what a list to choose from shows."""
    return {one.key: item_label(one.key, one.text) for one in things}


def show(person: Person, offers: Offers, all_tasks: Sequence[str], dark: bool) -> None:
    """The profile, and the ad that the person is most likely to click."""
    if person.profile:
        st.markdown("**" + _("Profile") + "**")
        values(person.profile, offers, all_tasks, dark)
    if person.ads:
        _ads(person.ads, offers, all_tasks, dark)


def values(found: dict[str, ProfileValue], offers: Offers, all_tasks: Sequence[str], dark: bool) -> None:
    """What tasks say about one thing: a bar per probability, a number in its own unit."""
    rows = []
    for task, value in found.items():
        title, kind = offers.tasks[task].title, offers.tasks[task].kind
        colour = task_colour(task, all_tasks, dark) if all_tasks else QUIET[dark]
        if isinstance(value, dict):
            first = sorted(value.items(), key=lambda pair: -pair[1])[:MOST_CLASSES]
            rows.append(f'<div class="try-title">{html.escape(title)}</div>')
            rows += [_bar(name, share, formats.share(share, 1), colour) for name, share in first]
        elif kind == "binary":
            rows.append(_bar(title, value, formats.share(value, 1), colour))
        else:
            rows.append(_bar(title, None, formats.metric(value, 2), colour))
    st.html(_css(dark) + f'<div class="try-bars">{"".join(rows)}</div>')


def _bar(name: str, share: float | None, text: str, colour: str) -> str:
    fill = "" if share is None else f'<i style="width:{100 * share:.1f}%;background:{colour}"></i>'
    line = "" if share is None else f'<div class="try-track">{fill}</div>'
    return f'<div class="try-bar"><span>{html.escape(name)}</span><b>{html.escape(text)}</b>{line}</div>'


def _ads(ads: Sequence[Listed], offers: Offers, all_tasks: Sequence[str], dark: bool) -> None:
    task = offers.advertises
    offer = offers.tasks[task]
    best, others = ads[0], ads[1:]
    said = best.text or best.key
    colour = task_colour(task, all_tasks, dark) if all_tasks else QUIET[dark]
    st.markdown("**" + _("Ad to show") + "**", help=_usual(offer.usual))
    next_ones = ", ".join(f"{one.key} {score(offer.kind, one.scores[task])}" for one in others)
    others_text = _("Next: {others}").format(others=next_ones) if others else ""
    st.html(
        f'{_css(dark)}<div class="try-ad" style="border-left-color:{colour}"><div>{html.escape(said)}</div>'
        f'<div class="try-ad-foot"><b>{html.escape(score(offer.kind, best.scores[task]))}</b> '
        f"{html.escape(_('chance of a click'))} · {html.escape(best.key)}</div></div>"
        f'<div class="try-ad-foot">{html.escape(others_text)}</div>'
    )


def _usual(usual: dict[str, str | float]) -> str:
    if not usual:
        return _("The ad with the highest predicted chance of a click.")
    said = ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value or _('none')}"
        for name, value in usual.items()
    )
    return _("The ad with the highest predicted chance of a click, at {context}: the usual context.").format(
        context=said
    )


def _css(dark: bool) -> str:
    shades = SHADES[dark]
    return f"""<style>
.try-bars {{ display: grid; gap: .55rem; }}
.try-title {{ color: {shades.quiet_text}; font-size: .85rem; margin-top: .2rem; }}
.try-bar {{ display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .15rem .8rem;
  font-size: .92rem; }}
.try-bar b {{ font-variant-numeric: tabular-nums; font-weight: 600; }}
.try-track {{ grid-column: 1 / -1; height: .38rem; border-radius: .2rem; background: {shades.line};
  overflow: hidden; }}
.try-track i {{ display: block; height: 100%; border-radius: .2rem; }}
.try-ad {{ border: 1px solid {shades.line}; border-left: 4px solid; border-radius: .6rem;
  padding: .7rem .9rem; background: {shades.panel}; }}
.try-ad-foot {{ color: {shades.quiet_text}; font-size: .82rem; padding-top: .35rem; }}
.try-ad-foot b {{ color: {shades.text}; }}
</style>"""
