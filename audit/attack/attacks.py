"""The ten attacks: what a superuser of the cell does, alone or with the keys of the application host, and what is known to find it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from audit import sealing
from audit.attack.siege import Siege
from audit.verifying import Check
from kernel import ids, tenancy

TEXT, CHAIN, CHECKPOINT, HOME, HELD, LOG = Check


class Field(NamedTuple):
    """What an attack aims at: a sealed entry, a waiting one, and the size of the checkpoint before the last."""

    sealed: UUID
    waiting: UUID
    earlier: int


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: its number and words, who can do it, and how; `found_by` are the checks that find it."""

    number: int
    words: str
    needs: str
    act: Callable[[Siege, Field], None]
    found_by: frozenset[Check]


def _update_sealed(siege: Siege, field: Field) -> None:
    siege.alter(field.sealed)


def _delete_sealed(siege: Siege, field: Field) -> None:
    siege.do("DELETE FROM audit_entry WHERE id = %s", field.sealed)
    siege.do("DELETE FROM audit_seal WHERE entry_id = %s", field.sealed)


def _update_waiting(siege: Siege, field: Field) -> None:
    siege.alter(field.waiting)


def _delete_waiting(siege: Siege, field: Field) -> None:
    siege.do("DELETE FROM audit_entry WHERE id = %s", field.waiting)
    siege.do("DELETE FROM audit_queuedentry WHERE entry_id = %s", field.waiting)


def _insert_waiting(siege: Siege, field: Field) -> UUID:
    """A new entry, made of another one's text, with its own id in it, and a place in the queue."""
    forged = ids.new_id()
    old, new = ids.show("ent", field.sealed), ids.show("ent", forged)
    siege.do("CREATE TEMP TABLE forged AS SELECT * FROM audit_entry WHERE id = %s", field.sealed)
    siege.do("UPDATE forged SET id = %s, canonical = replace(canonical, %s, %s)", forged, old, new)
    siege.do("INSERT INTO audit_entry SELECT * FROM forged")
    siege.connection.execute("DROP TABLE forged")
    siege.do("INSERT INTO audit_queuedentry VALUES (%s)", forged)
    return forged


def _forge_without_keys(siege: Siege, field: Field) -> None:
    _insert_waiting(siege, field)


def _rewrite(siege: Siege, field: Field) -> None:
    siege.alter(field.sealed)
    siege.recompute()


def _cut_tail(siege: Siege, field: Field) -> None:
    """Back to the checkpoint before the last, whose signature is as good as ever."""
    siege.do("DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_seal WHERE seq > %s)", field.earlier)
    siege.do("DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_queuedentry)")
    siege.do("DELETE FROM audit_queuedentry")
    siege.do("DELETE FROM audit_seal WHERE seq > %s", field.earlier)
    siege.do("DELETE FROM audit_checkpoint WHERE size > %s", field.earlier)
    siege.recompute()


def _rewrite_with_keys(siege: Siege, field: Field) -> None:
    siege.alter(field.sealed)
    siege.make_mac(field.sealed)
    siege.recompute()
    siege.sign_again()


def _delete_with_keys(siege: Siege, field: Field) -> None:
    siege.do("DELETE FROM audit_entry WHERE id = %s", field.sealed)
    siege.do("DELETE FROM audit_seal WHERE entry_id = %s", field.sealed)
    siege.recompute()
    siege.sign_again()


def _append_with_keys(siege: Siege, field: Field) -> None:
    siege.make_mac(_insert_waiting(siege, field))
    siege.let_others()
    with tenancy.activate(siege.ref, purpose=tenancy.Purpose.SEAL):
        sealing.seal_batch()
    siege.be_alone()


NO_KEYS, BOTH_KEYS = "the cell", "the cell and the application host"
ATTACKS = (
    Attack(1, "change a sealed entry", NO_KEYS, _update_sealed, frozenset({TEXT, CHAIN, CHECKPOINT, HOME, HELD})),
    Attack(2, "delete a sealed entry and its seal", NO_KEYS, _delete_sealed, frozenset({CHAIN, CHECKPOINT, HOME, HELD, LOG})),
    Attack(3, "change an entry that waits for its seal", NO_KEYS, _update_waiting, frozenset({TEXT})),
    Attack(4, "delete a waiting entry and its place in the queue", NO_KEYS, _delete_waiting, frozenset({LOG})),
    Attack(5, "put in a forged entry without the keys", NO_KEYS, _forge_without_keys, frozenset({TEXT})),
    Attack(6, "change an entry, recompute seals, head and roots", NO_KEYS, _rewrite, frozenset({TEXT, CHECKPOINT, HOME, HELD})),
    Attack(7, "cut the tail back to an earlier checkpoint", NO_KEYS, _cut_tail, frozenset({HOME, HELD, LOG})),
    Attack(8, "as 6, with the keys; MACs, signatures and home made anew", BOTH_KEYS, _rewrite_with_keys, frozenset({HELD, LOG})),
    Attack(9, "delete an entry with the keys, and seal and sign anew", BOTH_KEYS, _delete_with_keys, frozenset({HELD, LOG})),
    Attack(10, "append a forged entry with the keys", BOTH_KEYS, _append_with_keys, frozenset()),
)
DOCUMENTED = {attack.number: attack.found_by for attack in ATTACKS}
"""Which checks find which attack, as docs/verify.md says."""
