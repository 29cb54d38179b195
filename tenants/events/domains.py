"""What can happen to the hosts of tenants. Told in the trail of `platform` and in the tenant's own."""

from dataclasses import dataclass

from kernel.events import LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainClaimed(Event):
    """A tenant asked for a host; it answers there once DNS proves that the host is its own."""

    name = "tenants.domain.claimed"
    public = True
    category = "configuration"
    severity = LOW
    subject_kind = "domain"

    tenant: str
    host: str
    expires_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainActivated(Event):
    """A tenant answers at one more host. `proof` is `dns`, or `trust` when an operator vouched for it, with the `reason`."""

    name = "tenants.domain.activated"
    public = True
    category = "configuration"
    severity = MEDIUM
    subject_kind = "domain"

    tenant: str
    host: str
    proof: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainFailing(Event):
    """The record that proves a host is no longer there. If it stays away, the domain lapses; `findings` names what was found."""

    name = "tenants.domain.failing"
    public = True
    category = "configuration"
    severity = MEDIUM
    subject_kind = "domain"

    tenant: str
    host: str
    findings: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainLapsed(Event):
    """A host was not proven for three days: it gets no new certificate, and is given back at `released_at` unless it is proven again."""

    name = "tenants.domain.lapsed"
    public = True
    category = "configuration"
    severity = MEDIUM
    subject_kind = "domain"

    tenant: str
    host: str
    released_at: str
    findings: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRecovered(Event):
    """A lapsed host is proven again."""

    name = "tenants.domain.recovered"
    public = True
    category = "configuration"
    severity = LOW
    subject_kind = "domain"

    tenant: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainReleased(Event):
    """A tenant no longer answers at a host, which is kept from others until `kept_until`. `why` is `asked` or `lapsed`."""

    name = "tenants.domain.released"
    public = True
    category = "configuration"
    severity = LOW
    subject_kind = "domain"

    tenant: str
    host: str
    why: str
    kept_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRemoved(Event):
    """A claim ended without proof, or an operator ended a quarantine. `why` is `withdrawn`, `expired` or `quarantine`, with a `reason`."""

    name = "tenants.domain.removed"
    public = True
    category = "configuration"
    severity = LOW
    subject_kind = "domain"

    tenant: str
    host: str
    why: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainMadePrimary(Event):
    """Another host of a tenant is the one that is shown and linked to."""

    name = "tenants.domain.made_primary"
    public = True
    category = "configuration"
    severity = LOW
    subject_kind = "domain"

    tenant: str
    host: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRedirectStarted(Event):
    """A host sends people on to the tenant's primary one."""

    name = "tenants.domain.redirect_started"
    public = True
    category = "configuration"
    severity = LOW
    subject_kind = "domain"

    tenant: str
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRedirectStopped(Event):
    """A host answers by itself again."""

    name = "tenants.domain.redirect_stopped"
    public = True
    category = "configuration"
    severity = LOW
    subject_kind = "domain"

    tenant: str
    host: str
