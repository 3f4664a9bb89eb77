"""What the checks found, as cards: level, place, examples, the way out; to download. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.data.checks.table import CHECKS
from mtrec_core.data.issues import Issue, issues_to_csv
from mtrec_core.ui.texts import _, n_, plain

LEVELS: dict[str, tuple[str, str, str]] = {
    "blocking": (":material/block:", "red", _("Blocks a training")),
    "warning": (":material/warning:", "orange", _("Warning")),
    "info": (":material/info:", "blue", _("Good to know")),
}
"""Level -> icon, colour, words."""
SHOWN_AT_ONCE = 12


def issues_of(content: Sequence[dict]) -> list[Issue]:
    """The findings in an answer."""
    return [
        Issue(**{**item, "rows": tuple(item["rows"]), "examples": tuple(item["examples"])})
        for item in content
    ]


def count_words(issues: Sequence[Issue]) -> str:
    """One line that says how bad it is."""
    blocking = sum(issue.level == "blocking" for issue in issues)
    warnings = sum(issue.level == "warning" for issue in issues)
    parts = []
    if blocking:
        parts.append(n_("{n} blocks a training", "{n} block a training", blocking).format(n=blocking))
    if warnings:
        parts.append(n_("{n} warning", "{n} warnings", warnings).format(n=warnings))
    rest = len(issues) - blocking - warnings
    if rest:
        parts.append(n_("{n} thing good to know", "{n} things good to know", rest).format(n=rest))
    return ", ".join(parts)


def show(issues: Sequence[Issue], name: str) -> None:
    """All findings, blocking ones first, and the file of them."""
    if not issues:
        st.success(
            _("{n} checks ran and found nothing to object to.").format(n=len(CHECKS)),
            icon=":material/check_circle:",
        )
        return
    head = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    head.markdown(_("{n} checks ran: {found}.").format(n=len(CHECKS), found=count_words(issues)))
    head.download_button(
        _("Download as CSV"),
        data=lambda: issues_to_csv(issues),
        file_name=f"{name}_checks.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
    for issue in issues[:SHOWN_AT_ONCE]:
        _card(issue)
    if len(issues) > SHOWN_AT_ONCE:
        with st.expander(_("{n} more").format(n=len(issues) - SHOWN_AT_ONCE)):
            for issue in issues[SHOWN_AT_ONCE:]:
                _card(issue)


def _card(issue: Issue) -> None:
    icon, colour, words = LEVELS[issue.level]
    title = CHECKS[issue.code].title if issue.code in CHECKS else issue.code
    with st.container(border=True, gap="small"):
        st.markdown(f":{colour}-badge[{icon} {words}] **{_(title)}**")
        st.markdown(_with_code(issue.text))
        places = [
            (_("Task"), issue.task),
            (_("Table"), issue.table),
            (_("Column"), issue.column),
            (_("Rows"), ", ".join(map(str, issue.rows))),
            (_("Such as"), " | ".join(issue.examples)),
        ]
        line = " · ".join(f"{label}: **{plain(value)}**" for label, value in places if value)
        if line:
            st.markdown(f":small[{line}]")
        st.markdown(f":material/build: {_with_code(issue.fix)}")


def _with_code(text: str) -> str:
    """A sentence with what stands in backticks as code; all else is no markup."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    return "".join(f"`{part}`" if place % 2 else plain(part) for place, part in enumerate(parts))
