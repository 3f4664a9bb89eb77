"""What viewers and operators may do on the pages, where a sign-in is configured."""

import pytest
from streamlit.testing.v1 import AppTest

from mtrec_core.store.records import Role
from mtrec_core.store.states import RunState
from mtrec_core.ui import frame, permission
from tests.conftest import PROJECT
from tests.ui.recorded_runs import record_run

REFUSED = "You may look, compare and try, but not change anything here"


@pytest.fixture
def signed_in(monkeypatch, store):
    """Signs a person in, as an identity provider would."""

    def sign_in(email: str) -> None:
        monkeypatch.setattr(permission, "asks_for_sign_in", lambda: True)
        monkeypatch.setattr(permission, "address", lambda: email)
        monkeypatch.setattr(frame, "_sign_in", lambda: None)

    store.set_role("ada@example.org", Role.OPERATOR)
    return sign_in


def page(name: str, **query: str) -> AppTest:
    test = AppTest.from_file(str(PROJECT / "home.py"), default_timeout=120)
    if name:
        test.switch_page(f"pages/{name}.py")
    for key, value in query.items():
        test.query_params[key] = value
    test.run()
    assert not test.exception
    return test


def errors(test: AppTest) -> str:
    return "\n".join(str(error.value) for error in test.error)


def test_a_viewer_starts_no_training(signed_in, store):
    signed_in("bo@example.org")
    test = page("")
    test.button(key="train_sample").click().run()
    assert REFUSED in errors(test)
    assert store.list_runs() == []


def test_a_viewer_marks_no_run(signed_in, store, home):
    run = record_run(store, home, state=RunState.QUEUED)
    signed_in("bo@example.org")
    test = page("3_Monitor", run=run.id)
    test.button(key="cancel").click().run()
    assert REFUSED in errors(test)
    assert store.get_run(run.id).state is RunState.QUEUED


def test_a_viewer_brings_no_data(signed_in):
    signed_in("bo@example.org")
    test = page("1_Data")
    assert REFUSED in "\n".join(str(part.value) for part in test.main.markdown)
    assert not test.main.text_input
    assert not [button for button in test.main.button if str(button.key).startswith("sample:")]


def test_an_operator_does(signed_in, store, monkeypatch):
    from mtrec_core.ui import start

    monkeypatch.setattr(start, "ensure_supervisor", lambda home: None)
    signed_in("Ada@example.org")
    page("").button(key="train_sample").click().run()
    assert len(store.list_runs()) == 1
    assert page("1_Data").main.text_input


def test_an_operator_names_people_on_the_system_page(signed_in, store):
    signed_in("ada@example.org")
    test = page("6_System")
    test.text_input(key="person:email").input("Bo@example.org")
    test.selectbox(key="person:role").select(Role.VIEWER)
    next(button for button in test.button if button.label == "Give the role").click().run()
    assert [(person.email, person.role) for person in store.people()] == [
        ("ada@example.org", Role.OPERATOR),
        ("bo@example.org", Role.VIEWER),
    ]


def test_a_viewer_sees_who_can_help_and_names_nobody(signed_in):
    signed_in("bo@example.org")
    test = page("6_System")
    people = next(table.value for table in test.dataframe if "Address" in table.value.columns)
    assert people["Address"].tolist() == ["ada@example.org"]
    assert not test.main.text_input


def test_without_an_operator_the_page_says_how_to_name_the_first(signed_in, store):
    store.forget_person("ada@example.org")
    signed_in("bo@example.org")
    assert "people ada@example.org --role operator" in "\n".join(
        str(item.value) for item in page("6_System").info
    )


def test_without_a_sign_in_there_are_no_roles(home):
    test = page("6_System")
    assert "People" not in [str(item.value) for item in test.subheader]
    assert page("1_Data").main.text_input
