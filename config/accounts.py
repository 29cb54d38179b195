"""Sign-ins that commands make: a person who is invited and has accepted in one go."""

from collections.abc import Sequence

from django.conf import settings

from identity import actions as identity
from identity import queries as people
from identity.problems import PersonNotFound
from kernel.actors import Actor

PASSWORD_SECRET = "operator_password"  # noqa: S105 - the name of a file under var/secrets


def default_operator() -> str:
    """The e-mail address of the first operator, unless `setup` is given another."""
    return f"operator@{settings.OPERATOR_HOST}"


def ensure_person(email: str, *, name: str, role_names: Sequence[str], password: str, actor: Actor) -> bool:
    """Make sure that a person of the active tenant can sign in; whether that needed anything.

    Idempotent: one who has accepted an invitation keeps their password and roles, whatever the arguments say. Raises Forbidden, InputInvalid,
    PasswordWeak, PersonState (suspended people stay shut out).
    """
    try:
        person = people.person_by_email(email)
    except PersonNotFound:
        token = identity.add_person(email, name, role_names, actor=actor).invitation_token
    else:
        if person.is_active:
            return False
        token = identity.renew_invitation(person.id, actor=actor).invitation_token
    identity.accept_invitation(token, password=password, name=name)
    return True
