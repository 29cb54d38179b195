"""What grants allow."""

import pytest

from kernel.actors import EVERYTHING, Actor, ActorKind, allows
from kernel.problems import Forbidden

READ, WRITE = "read:audit.entries", "write:webhooks.endpoints"


@pytest.mark.parametrize(
    ("grant", "permission", "is_allowed"),
    [
        ("*", READ, True),
        (READ, READ, True),
        ("read:*", READ, True),
        ("read:*", WRITE, False),
        ("*:audit.entries", READ, True),
        ("*:audit.entries", WRITE, False),
        ("read:audit.*", READ, True),
        ("read:audit.*", "read:auditor.entries", False),
        ("read:audit.*", "write:audit.entries", False),
        ("*:audit.*", "verify:audit.entries", True),
        ("*:audit", READ, False),
        ("read:audit", READ, False),
        ("read:audit.entries.*", READ, False),
        ("read:audit.entries", "read:audit.entries.old", False),
        ("read:audit.*", "read:audit.entries.old", True),
        ("read:audit.entries.*", "read:audit.entries.old", True),
        ("rea*:audit.entries", READ, False),
        ("read:*.entries", READ, False),
        ("READ:audit.entries", READ, False),
        ("", READ, False),
        ("*:*", READ, False),
    ],
)
def test_one_grant_covers_exactly_this(grant: str, permission: str, is_allowed: bool) -> None:  # noqa: FBT001  (a column of the table)
    assert allows(frozenset({grant}), permission) is is_allowed


def test_no_grants_allow_nothing() -> None:
    assert allows(frozenset(), READ) is False
    assert _actor().may(READ) is False
    assert _actor(frozenset()).may(READ) is False


def test_every_set_of_grants_must_allow() -> None:
    scoped = _actor(frozenset({"read:*"}), EVERYTHING)

    assert scoped.may(READ) is True
    assert scoped.may(WRITE) is False
    assert _actor(EVERYTHING, frozenset({"write:*"})).may(READ) is False


def test_a_refusal_names_the_permission() -> None:
    with pytest.raises(Forbidden) as refused:
        _actor(frozenset({READ})).require(WRITE)

    assert refused.value.fields == {"permission": WRITE}
    assert WRITE in refused.value.detail


def test_the_system_may_everything_and_belongs_to_no_tenant() -> None:
    system = Actor.system("command:tenant")

    assert (system.kind, system.id, system.label, system.tenant_id) == (ActorKind.SYSTEM, "command:tenant", "command:tenant", None)
    assert system.may("anything:at.all")


def _actor(*grants: frozenset[str]) -> Actor:
    return Actor(kind=ActorKind.KEY, id="key_1", label="a key", tenant_id=None, grants=grants)
