"""Who may do what on the pages, by the address that a sign-in gives. No torch here.

An operator changes things: brings data, starts and stops runs, names people. A viewer looks and tries.
"""

from collections.abc import Sequence

from sqlalchemy import delete, select

from mtrec_core.errors import UserError
from mtrec_core.store.database import Database
from mtrec_core.store.models import PersonRow
from mtrec_core.store.records import PersonRecord, Role
from mtrec_core.store.runs import now


class PeopleStore:
    """What a Store knows of people. Addresses are compared without regard to case."""

    _database: Database

    def people(self) -> list[PersonRecord]:
        """All who have a role, by address."""
        with self._database.reading() as session:
            rows = session.scalars(select(PersonRow).order_by(PersonRow.email)).all()
            return [PersonRecord(email=row.email, role=Role(row.role), since=row.since) for row in rows]

    def role_of(self, email: str) -> Role:
        """A person's role; a viewer who has none."""
        with self._database.reading() as session:
            row = session.get(PersonRow, email.strip().lower())
            return Role(row.role) if row else Role.VIEWER

    def set_role(self, email: str, role: Role) -> PersonRecord:
        """Gives a person a role. UserError for what is no address, and where no operator would be left."""
        address = email.strip().lower()
        if address.count("@") != 1 or address.startswith("@") or address.endswith("@") or " " in address:
            raise UserError(
                f"'{email}' is no mail address; write it as the sign-in gives it: ada@example.org."
            )
        with self._database.writing() as session:
            row = session.get(PersonRow, address)
            if row is None:
                row = PersonRow(email=address, role=role.value, since=now())
                session.add(row)
            elif row.role != role.value:
                row.role, row.since = role.value, now()
            session.flush()
            _demand_operator(session.scalars(select(PersonRow.role)).all())
            return PersonRecord(email=row.email, role=role, since=row.since)

    def forget_person(self, email: str) -> None:
        """Takes a person's role away. UserError for one who has none, and for the last operator."""
        with self._database.writing() as session:
            found = session.execute(delete(PersonRow).where(PersonRow.email == email.strip().lower()))
            if not found.rowcount:  # type: ignore[attr-defined]
                raise UserError(f"'{email}' has no role here, so there is none to take away.")
            _demand_operator(session.scalars(select(PersonRow.role)).all())


def _demand_operator(roles: Sequence[str]) -> None:
    if roles and Role.OPERATOR.value not in roles:
        raise UserError(
            "No operator would be left, and then nobody could change anything; name another first."
        )
