"""What was removed because its time was over: a record counts only when the trail itself tells of the removal, in an entry that is checked too."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from audit import partitions
from audit.chain import leaf_of
from audit.models import Entry, HeldEntry, Pruning
from audit.partitions import Month
from audit.verifying.findings import Check, Findings, Removed
from audit.verifying.rows import Checker, Row

BODIES, SEALS = "bodies", "seals"
TELLING = ("audit.bodies.pruned", "audit.seals.pruned")


@dataclass(slots=True)
class Removals:
    """What was removed rightly, and the leaves of bodies that a legal hold kept, by entry."""

    told: tuple[Removed, ...] = ()
    standing: tuple[Month, ...] = ()
    held: dict[UUID, bytes] = field(default_factory=dict)

    def covers_body(self, row: Row) -> bool:
        """Whether the body of an entry may be missing: it is of a range that was removed, and its month is gone.

        The range alone does not say it, for at midnight entries of two months are sealed side by side.
        """
        if not any(one.stage == BODIES and one.first_seq <= row.seq <= one.last_seq for one in self.told):
            return False
        return not any(
            month.high is not None and (month.low is None or month.low <= row.id) and row.id < month.high for month in self.standing
        )

    def covers_seals(self, until: int) -> bool:
        """Whether all seals up to a place may be missing."""
        return any(one.stage == SEALS and one.last_seq == until for one in self.told)

    def find_held(self, missing: list[Row], *, checker: Checker, findings: Findings) -> None:
        """Look for the kept copies of bodies that are gone from their month; a copy is checked as the body would be."""
        self.held = {}
        if not missing:
            return
        places = {row.id: row for row in missing}
        copies = [_as_row(copy, like=places[copy.entry_id]) for copy in HeldEntry.objects.filter(entry_id__in=list(places))]
        for row, said in checker.copies(copies):
            findings.fault(
                Check.TEXT, row.seq, f"{said.what} (held copy)", expected=said.expected, found=said.found, entry=row.shown_id
            )
        self.held = {copy.id: leaf_of((copy.canonical or b"").decode()) for copy in copies}


def newest() -> UUID | None:
    """The record of the last removal, whatever stage; another one means that what may be missing has changed."""
    return Pruning.objects.order_by("-id").values_list("id", flat=True).first()


def read(findings: Findings) -> Removals:
    """The removals of the active tenant's log. One that no entry tells of is a fault."""
    told = {(entry["action"], *_range(entry["details"])) for entry in _tellings()}
    confirmed: list[Removed] = []
    for row in Pruning.objects.order_by("-pruned_at", "-id"):
        is_told = (f"audit.{row.stage}.pruned", row.first_seq, row.last_seq) in told
        # The entry that told of an old removal may have been removed itself since, by one that is told of.
        is_behind = any(one.stage == BODIES and one.last_seq > row.last_seq for one in confirmed)
        if is_told or is_behind:
            confirmed.append(_removed(row))
        else:
            what = f"a removal of the {row.stage} {row.first_seq} to {row.last_seq} is noted that no entry tells of"
            findings.fault(Check.CHAIN, row.first_seq, what, expected=f"an entry audit.{row.stage}.pruned", found="none")
    return Removals(told=tuple(reversed(confirmed)), standing=tuple(partitions.months()) if confirmed else ())


def _tellings() -> Iterable[dict[str, Any]]:
    for entry in Entry.objects.filter(action__in=TELLING).order_by("id").iterator():
        yield entry.document


def _range(details: dict[str, Any]) -> tuple[int, int]:
    return int(details.get("first_seq", 0)), int(details.get("last_seq", 0))


def _removed(row: Pruning) -> Removed:
    basis = ", ".join(f"{category} ({_words(policy)})" for category, policy in sorted(row.policies.items()))
    return Removed(stage=row.stage, first_seq=row.first_seq, last_seq=row.last_seq, removed_at=row.pruned_at, basis=basis)


def _words(policy: Any) -> str:
    return (
        str(policy.get("basis") or f"{policy.get('body_days', policy.get('days', '?'))} days")
        if isinstance(policy, dict)
        else str(policy)
    )


def _as_row(copy: HeldEntry, *, like: Row) -> Row:
    """A held copy as the row that it was: only its text is compared."""
    return like.with_body(copy.canonical.encode(), mac=bytes(copy.mac))
