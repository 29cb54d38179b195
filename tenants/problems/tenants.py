"""What can be refused about tenants."""

from kernel.problems import Conflict, Forbidden, Invalid, NotFound, Unavailable


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


class BeingArchived(Conflict):
    """The tenant is being archived; `operation` is what does it. Wait for it, or cancel it."""

    type = "tenant-being-archived"
    title = "The tenant is being archived"


class SlugNotConfirmed(Invalid):
    """The slug that was typed to confirm is not the tenant's."""

    type = "slug-not-confirmed"
    title = "The slug does not match"


class GraceNotOver(Conflict):
    """The grace time of the deletion is not over; `delete_after` tells when it is."""

    type = "grace-not-over"
    title = "The deletion can still be undone"


class FinalCopyMissing(Conflict):
    """There is no final copy of the tenant, so that it is not erased. Take it first, or say that none is wanted."""

    type = "final-copy-missing"
    title = "There is no final copy"


class ErasureBegun(Conflict):
    """The tenant is being erased; this cannot be undone."""

    type = "erasure-begun"
    title = "The tenant is being erased"


class ErasureIncomplete(Unavailable):
    """Something of the tenant is still there after the erasure, or could not be looked for; `found` names it. It is tried again."""

    type = "erasure-incomplete"
    title = "The erasure is not complete"


class NotErased(NotFound):
    """There is no proof of erasure: the tenant was not purged."""

    type = "not-erased"
    title = "This tenant was not erased"


class CopyChanged(Conflict):
    """The tenant's state changed while it was being copied, so that it was not archived."""

    type = "tenant-changed"
    title = "The tenant changed meanwhile"


class NoArchive(Conflict):
    """There is no good copy of this archived tenant to bring it back from."""

    type = "archive-missing"
    title = "The archived copy is missing"
