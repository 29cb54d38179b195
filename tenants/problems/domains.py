"""What can be refused about hosts."""

from kernel.problems import Conflict, Invalid, NotFound, Unavailable


class HostInvalid(Invalid):
    """The host breaks a rule of form, or is one that no tenant may have; `errors` names the rule."""

    type = "host-invalid"
    title = "The host is not valid"


class HostTaken(Conflict):
    """A tenant answers at this host already."""

    type = "host-taken"
    title = "The host is taken"


class LastDomain(Conflict):
    """A tenant keeps its platform address: it is how people reach it when their own DNS fails."""

    type = "domain-needed"
    title = "This domain cannot be removed"


class DomainNotFound(NotFound):
    """There is no such domain, or it belongs to another tenant."""

    type = "domain-not-found"
    title = "No such domain"


class HostQuarantined(Conflict):
    """The host answered for another tenant until lately and is kept until `until`; only that tenant gets it back before."""

    type = "host-quarantined"
    title = "The host is kept for a while"


class DomainUnproven(Conflict):
    """DNS does not prove that the host is the tenant's; `findings` says what is wrong, `records` what must stand in DNS."""

    type = "domain-unproven"
    title = "The domain is not proven"


class WrongDomainState(Conflict):
    """What was asked does not fit the domain's `state`."""

    type = "domain-state"
    title = "The domain's state does not allow this"


class DnsUnavailable(Unavailable):
    """No name server could be asked, so nothing is known and nothing was changed."""

    type = "dns-unavailable"
    title = "DNS cannot be asked now"
