"""Policies and callers for tests: enforced in a line, by key or by session, at the hour that a test wants."""

from identity import actions, queries
from identity.models import Policy, User
from identity.pipeline import SignedIn
from kernel import clock
from kernel.actors import Actor
from tests import makers

HOURS = """\
forbid(principal, action in Action::"write", resource)
unless { principal in Role::"owner" || (context.hour >= 8 && context.hour < 18) };
"""
NEVER = "forbid(principal, action, resource) when { context.hour > 24 };\n"


def draft(text: str = NEVER, *, name: str = "a-policy") -> Policy:
    return actions.create_policy(name, text=text, actor=makers.OPERATOR)


def enforced(text: str, *, name: str = "a-policy") -> Policy:
    return actions.enable_policy(draft(text, name=name).id, actor=makers.OPERATOR)


def zone_where_it_is(hour: int) -> str:
    """The zone in which it is now this hour; written as POSIX does, where Etc/GMT-3 is three hours ahead of UTC."""
    ahead = (hour - clock.now().hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


def set_clock_to(hour: int) -> None:
    actions.set_policy_timezone(zone_where_it_is(hour), actor=makers.OPERATOR)


def admin(email: str = "ada@acme.example") -> User:
    return makers.make_person(email, roles=("admin",))


def key_of(person: User) -> str:
    return actions.create_api_key("k", scopes=["*"], expires_in_days=1, owner_id=person.id, actor=makers.OPERATOR).secret


def session_of(person: User) -> str:
    outcome = actions.sign_in(person.email, password=makers.PASSWORD)
    assert isinstance(outcome, SignedIn)
    return outcome.session_token


def actor_by_session(person: User) -> Actor:
    found = queries.session_actor(session_of(person))
    assert found is not None
    return found.actor
