"""Service accounts as rows: programs that are nobody's."""

from identity.models import ServiceAccount, Status
from kernel import clock


def make(name: str, *, label: str, description: str) -> ServiceAccount:
    """A new account, active and without roles. Raises IntegrityError when the name is taken."""
    account = ServiceAccount(name=name, label=label, description=description, status=str(Status.ACTIVE), status_at=clock.now())
    account.save(force_insert=True)
    return account
