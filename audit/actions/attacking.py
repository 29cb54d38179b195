"""Attacking a log: the ten attacks of a superuser, one after the other, on the log of a tenant that exists for nothing else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from audit import events, sealing, signing, verifying
from audit.actions.recording import record
from audit.attack import ATTACKS, DOCUMENTED, Attack, Field, Siege
from audit.models import ID_PREFIX, Checkpoint, Entry, QueuedEntry, Seal
from audit.permissions import Permission
from audit.verifying import Check, Fault, Held
from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.tenancy import HOME, Purpose, TenantRef

ENTRIES, WAITING = 20, 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one attack: what each check that found it said."""

    attack: Attack
    found: dict[Check, Fault]

    @property
    def is_found(self) -> bool:
        """Whether any check finds it."""
        return bool(self.found)

    @property
    def is_as_documented(self) -> bool:
        """Whether exactly those checks find it that are said to."""
        return frozenset(self.found) == DOCUMENTED[self.attack.number]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What lies outside, the checkpoint that the tenant holds and the lines of the log collector; and what is aimed at."""

    held: Held
    lines: list[str]
    field: Field


def attack_log(*, actor: Actor) -> Iterator[Outcome]:
    """Make a tenant, attack its log in ten ways, one after the other, tell what each check says, and remove the tenant.

    Raises Forbidden, and Conflict where there is no superuser's session to be had.
    """
    actor.require(Permission.VERIFY)
    superuser, passing = import_string(settings.SUPERUSER), import_string(settings.PASSING_TENANT)
    with (
        superuser(HOME) as home,
        passing(actor=actor) as ref,
        superuser(ref.cell) as cell,
        tenancy.activate(ref, purpose=Purpose.OPERATOR),
    ):
        siege = Siege(cell, home, ref)
        kept = _prepare(siege, actor=actor)
        siege.begin()
        yield from _attacked(siege, kept=kept)


def _attacked(siege: Siege, *, kept: _Kept) -> Iterable[Outcome]:
    for attack in ATTACKS:
        attack.act(siege, kept.field)
        yield Outcome(attack, _faults(kept))
        siege.put_back()


def _prepare(siege: Siege, *, actor: Actor) -> _Kept:
    for _ in range(2):
        _happen(ENTRIES, actor=actor)
        _seal_and_sign(siege.ref)
    earlier, last = Checkpoint.objects.order_by("-size")[:2][::-1]
    siege.be_alone()
    _happen(WAITING, actor=actor)
    waiting = QueuedEntry.objects.order_by("-entry_id").values_list("entry_id", flat=True)[1]
    sealed = (
        Seal.objects.filter(seq__gt=earlier.size - 5, entry_id__in=_own()).order_by("seq").values_list("entry_id", flat=True)[0]
    )
    return _Kept(verifying.parse_held(last.note), _lines(), Field(sealed, waiting, earlier.size))


def _own() -> list[object]:
    return list(Entry.objects.filter(subject="thing_1").values_list("pk", flat=True))


def _happen(number: int, *, actor: Actor) -> None:
    for _ in range(number):
        record(events.AttackRehearsed(subject="thing_1", subject_label="A thing"), actor=actor)


def _seal_and_sign(ref: TenantRef) -> None:
    with tenancy.activate(ref, purpose=Purpose.SEAL):
        while sealing.seal_batch():
            pass
        signing.sign()


def _lines() -> list[str]:
    """What a log collector holds, had AUDIT_LOG_LINE been on."""
    return [f"audit.entry {ids.show(ID_PREFIX, pk)} {bytes(mac).hex()}" for pk, mac in Entry.objects.values_list("pk", "mac")]


def _faults(kept: _Kept) -> dict[Check, Fault]:
    found = verifying.verify(held=kept.held, lines=kept.lines)
    return {fault.check: fault for fault in found.faults}
