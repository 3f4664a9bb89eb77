"""A dataset on the Data page: what it holds, the form of it, its checks, its numbers. No torch here."""

import hashlib
from pathlib import Path

import streamlit as st

from mtrec_core.data.drafts import notes_of
from mtrec_core.data.issues import Issue
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.spec_file import SPEC_FILE, load_dataset_spec
from mtrec_core.data.spec_update import update_dataset_spec
from mtrec_core.data.table_facts import TableFacts
from mtrec_core.errors import MtrecError
from mtrec_core.home import Home
from mtrec_core.jobs.side_work import Answer, forget
from mtrec_core.ui import data_checks, data_edit, data_profile, data_tasks, data_work, permission
from mtrec_core.ui.data_bring import go_to
from mtrec_core.ui.data_new_tasks import add_task, split_events
from mtrec_core.ui.data_new_things import add_thing
from mtrec_core.ui.data_problems import problems
from mtrec_core.ui.texts import _, plain

VIEWS = {
    "roles": _("Roles"),
    "tasks": _("Tasks"),
    "checks": _("Checks"),
    "profile": _("Profile"),
}


def show_dataset(home: Home, name: str, dark: bool) -> None:
    """A dataset that has its name."""
    spec = declared(home.datasets / name)
    if spec is None:
        _other_data()
        return
    key, answer = data_work.facts(home, spec)
    head = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    with head:
        st.subheader(name, anchor=False)
        with st.container(horizontal=True, width="content"):
            _other_data()
            if st.button(_("Train on it"), type="primary", icon=":material/tune:", key="train"):
                st.switch_page("pages/2_Train.py", query_params={"dataset": name})
    if spec.description:
        st.markdown(spec.description)
    if answer.state == "working":
        data_work.wait_for(str(data_work.folder(home)), key, _("Reading the tables"))
        return
    if answer.state == "failed" or (answer.problem and not answer.content.get("facts")):
        st.error(answer.problem, icon=":material/error:")
        if st.button(_("Try again"), key="again"):
            forget(data_work.folder(home), key)
            st.rerun()
    body(home, spec, data_work.table_facts(answer), dark)


def declared(folder: Path) -> DatasetSpec | None:
    """The declaration in a folder; None, and the reason on the page, where it can't be read."""
    try:
        return load_dataset_spec(folder)
    except MtrecError as error:
        st.error(str(error), icon=":material/error:")
        return None


def _other_data() -> None:
    if st.button(_("Other data"), icon=":material/arrow_back:", key="back"):
        go_to()


def body(home: Home, spec: DatasetSpec, tables: list[TableFacts], dark: bool | None = None) -> None:
    """What is the same for a dataset and a draft of one: its figures, and the view that is chosen."""
    dark = st.context.theme.type == "dark" if dark is None else dark
    key, examined = data_work.examine(home, spec)
    issues = data_checks.issues_of(examined.content.get("issues", []))
    profile = examined.content.get("profile")
    _headline(profile, tables, issues, examined)
    view = _choose_view(spec, issues)
    if view in ("roles", "tasks"):
        _form(home, spec, tables, view)
        return
    if examined.state == "working":
        data_work.wait_for(str(data_work.folder(home)), key, _("Checking the data"))
    elif examined.problem:
        st.error(examined.problem, icon=":material/error:")
        if st.button(_("Try again"), key="examine:again"):
            forget(data_work.folder(home), key)
            st.rerun()
    elif view == "checks":
        data_checks.show(issues, spec.name)
    elif profile:
        data_profile.show(profile, dark)
    else:
        st.info(_("The profile needs data that a training could use; see the checks for what blocks it."))


def _choose_view(spec: DatasetSpec, issues: list[Issue]) -> str:
    """What is looked at; the address keeps it."""
    linked = st.query_params.get("view", "roles")
    view = st.segmented_control(
        _("View"),
        list(VIEWS),
        format_func=lambda item: _view_title(item, issues),
        default=linked if linked in VIEWS else "roles",
        key=f"view:{spec.folder}",
        label_visibility="collapsed",
        required=True,
        width="stretch",
    )
    if view != linked:
        st.query_params["view"] = view
    return str(view)


def _view_title(view: str, issues: list[Issue]) -> str:
    count = sum(issue.level != "info" for issue in issues)
    return f"{VIEWS[view]} ({count})" if view == "checks" and count else VIEWS[view]


def _headline(profile: dict | None, tables: list[TableFacts], issues: list[Issue], examined: Answer) -> None:
    figures = data_profile.headline(profile, len(tables), sum(table.rows for table in tables))
    if examined.state == "working":
        state = _(":blue-badge[:material/hourglass_top: Being checked]")
    elif examined.problem:
        state = _(":red-badge[:material/error: Could not be checked]")
    elif any(issue.level == "blocking" for issue in issues):
        state = _(":red-badge[:material/block: Something blocks a training]")
    else:
        state = _(":green-badge[:material/check_circle: Ready to train]")
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        for label, value in figures:
            st.metric(label, value, width="content")
        st.markdown(state)


def _form(home: Home, spec: DatasetSpec, tables: list[TableFacts], view: str) -> None:
    """The editable declaration: saved as soon as it makes sense, and told beside the field where not."""
    written = hashlib.blake2b((spec.folder / SPEC_FILE).read_bytes(), digest_size=8).hexdigest()
    if st.session_state.get("edit:written") != (str(spec.folder), written):
        st.session_state["edit:turn"] = st.session_state.get("edit:turn", 0) + 1
        st.session_state["edit:written"] = (str(spec.folder), written)
        st.session_state["edit:wrong"] = []
    turn = st.session_state["edit:turn"]
    wrong = st.session_state["edit:wrong"] or problems(spec, tables)
    here = "entity." if view == "roles" else "task."
    for place in {problem.place for problem in wrong if not problem.place.startswith(here)}:
        data_edit.show_problems(wrong, place)
    if view == "roles":
        st.caption(
            _("What stands in each column. The key tells things apart; texts are read by the language model; "
              "changes are saved at once.")
        )  # fmt: skip
        changed = data_edit.things(spec, tables, turn, wrong)
        changed = add_thing(spec, tables) or changed
        _notes(spec)
    else:
        st.caption(_("What the model learns to predict. Changes are saved at once."))
        changed = data_tasks.tasks(spec, tables, turn, wrong)
        with st.container(horizontal=True):
            changed = add_task(spec, tables) or split_events(spec, tables) or changed
    if changed != spec:
        _save(home, spec, changed, tables)
    elif st.session_state["edit:wrong"]:
        st.session_state["edit:wrong"] = []
        st.rerun()


def _save(home: Home, spec: DatasetSpec, changed: DatasetSpec, tables: list[TableFacts]) -> None:
    wrong = problems(changed, tables)
    known = {problem.text for problem in problems(spec, tables)}
    new = [problem for problem in wrong if problem.text not in known]
    if new:
        if new != st.session_state["edit:wrong"]:
            st.session_state["edit:wrong"] = new
            st.rerun()
        return
    permission.demand(home)
    update_dataset_spec(changed, spec.folder)
    written = hashlib.blake2b((spec.folder / SPEC_FILE).read_bytes(), digest_size=8).hexdigest()
    if _form_of(changed) == _form_of(spec):
        st.session_state["edit:written"] = (str(spec.folder), written)
    st.session_state["edit:wrong"] = []
    st.toast(_("Saved"), icon=":material/check:")
    st.rerun()


def _form_of(spec: DatasetSpec) -> tuple[object, ...]:
    """What decides which fields the form has."""
    things = [(entity.name, entity.table) for entity in spec.entities.values()]
    return things, [(task.name, task.inputs) for task in spec.tasks.values()]


def _notes(spec: DatasetSpec) -> None:
    notes = notes_of(spec.folder)
    if notes:
        with st.expander(_("Why it was guessed so"), icon=":material/psychology:"):
            st.markdown("\n".join(f"- {plain(note)}" for note in notes))
