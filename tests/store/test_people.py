"""Roles of people, and a store that refuses to write, on both backends."""

import pytest

from mtrec_core.errors import UserError
from mtrec_core.store.records import Role


def test_who_has_no_role_is_a_viewer(store):
    assert store.people() == []
    assert store.role_of("ada@example.org") is Role.VIEWER


def test_a_role_is_given_changed_and_taken_away(store):
    store.set_role("Ada@Example.org ", Role.OPERATOR)
    store.set_role("bo@example.org", Role.VIEWER)
    assert [(person.email, person.role) for person in store.people()] == [
        ("ada@example.org", Role.OPERATOR),
        ("bo@example.org", Role.VIEWER),
    ]
    assert store.role_of("ADA@example.org") is Role.OPERATOR
    store.set_role("bo@example.org", Role.OPERATOR)
    store.forget_person("ada@example.org")
    assert [(person.email, person.role) for person in store.people()] == [("bo@example.org", Role.OPERATOR)]


def test_the_last_operator_stays(store):
    store.set_role("ada@example.org", Role.OPERATOR)
    store.set_role("bo@example.org", Role.VIEWER)
    for change in (
        lambda: store.set_role("ada@example.org", Role.VIEWER),
        lambda: store.forget_person("ada@example.org"),
    ):
        with pytest.raises(UserError, match="No operator would be left"):
            change()
    assert store.role_of("ada@example.org") is Role.OPERATOR


def test_the_first_person_named_is_an_operator(store):
    with pytest.raises(UserError, match="No operator would be left"):
        store.set_role("bo@example.org", Role.VIEWER)
    assert store.people() == []


@pytest.mark.parametrize("email", ["", "ada", "ada@", "@example.org", "a b@example.org", "a@b@c"])
def test_what_is_no_address_gets_no_role(store, email):
    with pytest.raises(UserError, match="is no mail address"):
        store.set_role(email, Role.OPERATOR)


def test_who_has_no_role_can_not_lose_it(store):
    with pytest.raises(UserError, match=r"^'bo@example\.org' has no role here"):
        store.forget_person("bo@example.org")


def test_a_store_that_refuses_reads_and_does_not_write(store, add_run):
    run = add_run()
    refusing = store.refusing("Only to look at.")
    assert refusing.get_run(run.id) == run
    for change in (
        lambda: refusing.annotate(run.id, starred=True),
        lambda: refusing.set_role("ada@example.org", Role.OPERATOR),
    ):
        with pytest.raises(UserError, match=r"^Only to look at\.$"):
            change()
    assert store.annotate(run.id, starred=True).starred
