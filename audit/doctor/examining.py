"""One tenant's log, examined."""

from dataclasses import dataclass

from audit.doctor import defences, delays, journal, months
from audit.doctor.delays import Delays
from audit.doctor.findings import Lack
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef

UNREADABLE = frozenset({"tables", "owner"})
"""With one of these the rest cannot be asked: a table is missing, or belongs to somebody else."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found in one tenant's log. `delays` is None where its tables cannot be read, so that there was nothing to measure."""

    tenant: str
    cell: str
    lacks: tuple[Lack, ...]
    delays: Delays | None

    @property
    def is_sound(self) -> bool:
        """Whether nothing is missing and nothing late."""
        return not self.lacks


def examine(ref: TenantRef) -> Examination:
    """Examine the log of a tenant with the eyes of its owner; nothing is changed. Raises what the database and the gate raise."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE):
        lacks = tuple(defences.lacks())
        if any(lack.check in UNREADABLE for lack in lacks):
            return Examination(tenant=ref.slug, cell=ref.cell, lacks=lacks, delays=None)
        found = delays.measured()
        lacks = (*lacks, *months.lacks(), *journal.lacks(), *delays.lacks(found))
        return Examination(tenant=ref.slug, cell=ref.cell, lacks=lacks, delays=found)
