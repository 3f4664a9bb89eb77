"""`people`: who may change things on the pages. No torch here."""

from typing import Annotated

import typer

from mtrec_core.cli.output import console, note, plain_table, print_json
from mtrec_core.errors import UserError
from mtrec_core.home import Home


def people(
    email: Annotated[
        str, typer.Argument(help="The address that the sign-in gives; none lists all.", show_default=False)
    ] = "",
    role: Annotated[
        str, typer.Option("--role", help="operator (changes things) or viewer (looks).", show_default=False)
    ] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take the person's role away.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list on standard output.")] = False,
) -> None:
    """Say who may change things, where the pages ask for a sign-in.

    Operators bring data, start and stop runs, and name people. Whoever else signs in is a viewer, who looks,
    compares and tries. Name the first operator here; operators can go on from the System page.

    \b
    Examples:
      python -m mtrec_core people
      python -m mtrec_core people ada@example.org --role operator
      python -m mtrec_core people bo@example.org --remove
    """
    from mtrec_core.store.records import Role
    from mtrec_core.store.store import Store

    if remove and role:
        raise UserError("--role and --remove contradict each other; give one of them.")
    if (remove or role) and not email:
        raise UserError(
            "Whose? Give the mail address: python -m mtrec_core people ada@example.org --role operator"
        )
    if role and role not in set(Role):
        raise UserError(f"--role is '{role}'; it must be operator or viewer.")
    with Store.open(Home.from_environment().database_url) as store:
        if remove:
            store.forget_person(email)
        elif role:
            store.set_role(email, Role(role))
        found = [person for person in store.people() if not email or person.email == email.strip().lower()]
    if as_json:
        print_json(
            [
                {"email": person.email, "role": person.role, "since": person.since.isoformat()}
                for person in found
            ]
        )
        return
    if remove:
        note(f"{email} has no role any more.")
    elif not found:
        note(
            f"{email} has no role, so a viewer."
            if email
            else "Nobody has a role yet; all who sign in look only."
        )
    else:
        rows = [(person.email, person.role.value, f"{person.since:%Y-%m-%d}") for person in found]
        console().print(plain_table(("email", "role", "since"), rows))
