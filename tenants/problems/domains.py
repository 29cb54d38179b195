"""What can be refused about hosts."""

from kernel.problems import Conflict, Invalid, NotFound


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
