"""What can be refused about tenants."""

from kernel.problems import Conflict, Forbidden, Invalid, NotFound


class SlugInvalid(Invalid):
    """The slug breaks a rule of form; `errors` names the rule."""

    type = "slug-invalid"
    title = "The slug is not valid"


class SlugReserved(Conflict):
    """The slug, or one that looks like it, is kept for the product's own addresses."""

    type = "slug-reserved"
    title = "The slug is reserved"


class SlugTaken(Conflict):
    """Another tenant has this slug."""

    type = "slug-taken"
    title = "The slug is taken"


class SlugLookalike(Conflict):
    """The slug could be mistaken for another tenant's; that tenant is not named."""

    type = "slug-lookalike"
    title = "The slug looks like one that is taken"


class ReservedTenant(Conflict):
    """The tenant `platform` is the operator's own and cannot be suspended or renamed."""

    type = "tenant-reserved"
    title = "The platform tenant cannot be changed this way"


class WrongState(Conflict):
    """The tenant's state does not allow it; `state` tells the present one."""

    type = "tenant-state"
    title = "The tenant's state does not allow this"


class BeingMade(Conflict):
    """Another worker is making this tenant's place, or bringing it up to date, at the moment."""

    type = "tenant-being-made"
    title = "Somebody else is at it"


class TenantNotFound(NotFound):
    """There is no such tenant in the registry."""

    type = "tenant-not-found"
    title = "No such tenant"


class RegistryClosed(Forbidden):
    """The registry is changed by the operator alone, from the operator's own address."""

    type = "registry-closed"
    title = "Only the operator may do this"


class ActingRefused(Forbidden):
    """X-Tenant-ID is for keys of the operator, on the operator's address."""

    type = "acting-refused"
    title = "You may not act in another tenant"
