"""Who holds a host: refusing one that another tenant has, and writing one that two may want at the same moment."""

from datetime import datetime

from django.db import IntegrityError, transaction

from kernel import tenancy
from kernel.clock import rfc3339
from kernel.problems import Problem
from tenants.domains import releasing
from tenants.models import Domain, Tenant
from tenants.problems import HostQuarantined, HostTaken


def refuse_taken(tenant: Tenant | None, *, host: str, at: datetime) -> None:
    """Go on unless another tenant (for a new one, any) answers at the host or gave it back lately. Raises HostTaken, HostQuarantined."""
    keeper = releasing.kept_from(tenant, host=host, at=at)
    if keeper is not None:
        raise _refusal(keeper)


def save_answering(domain: Domain, *, fields: tuple[str, ...]) -> None:
    """Save a domain that begins to answer; of two that prove the same host at once, one wins. Raises HostTaken."""
    try:
        with transaction.atomic(using=tenancy.HOME):
            domain.save(update_fields=fields)
    except IntegrityError as fault:
        raise _taken(domain.host) from fault


def _refusal(keeper: Domain) -> Problem:
    if keeper.is_answering or keeper.quarantined_until is None:
        return _taken(keeper.host)
    until = rfc3339(keeper.quarantined_until)
    return HostQuarantined(
        f"{keeper.host} answered for another tenant until lately and is kept until {until}. Wait, or have the operator end the quarantine.",
        host=keeper.host,
        until=until,
    )


def _taken(host: str) -> HostTaken:
    return HostTaken(f"{host} answers for a tenant already. Remove it there first.", host=host)
