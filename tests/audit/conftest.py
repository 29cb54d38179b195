"""What the tests of the trail share."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from audit import actions, queries
from audit.models import Checkpoint, Entry
from kernel import tenancy
from kernel.actors import Actor
from kernel.events import Event
from kernel.tenancy import Purpose, TenantRef
from tests.audit.travelling import aged, travel

__all__ = ["aged", "travel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    """Something for the tests to record."""

    number: int = 0


# Not among the product's own: a name given in the class body would put it into the catalogue.
Happened.name = "tests.thing.happened"


def happen(*, actor: Actor, subject: str = "thing_1", label: str = "Thing", number: int = 0) -> UUID:
    """Record one."""
    return actions.record(Happened(subject=subject, subject_label=label, number=number), actor=actor)


def seal(ref: TenantRef) -> int:
    """Seal what waits in a tenant; the number sealed."""
    with tenancy.activate(ref, purpose=Purpose.SEAL):
        return actions.seal_pending()


@pytest.fixture
def sealed(acme: TenantRef, owner: Actor) -> list[Entry]:
    """Five entries in acme's trail, sealed behind whatever was there; oldest first."""
    ids = [happen(actor=owner, subject=f"thing_{number}", number=number) for number in range(5)]
    seal(acme)
    return [Entry.objects.get(pk=identifier) for identifier in ids]


@pytest.fixture
def grown(acme: TenantRef, owner: Actor, sealed: list[Entry]) -> list[Checkpoint]:
    """Two checkpoints of acme's log, two entries apart; nothing waits."""
    with tenancy.activate(acme, purpose=Purpose.SEAL):
        actions.sign_log()
    first = queries.latest_checkpoint()
    for number in (7, 8):
        happen(actor=owner, number=number)
    with tenancy.activate(acme, purpose=Purpose.SEAL):
        actions.seal_pending()
        actions.sign_log()
    second = queries.latest_checkpoint()
    assert second.size == first.size + 2
    return [first, second]
