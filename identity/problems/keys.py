"""What can be refused about keys."""

from kernel.problems import Conflict, Forbidden, LimitReached, NotFound, Unauthenticated


class KeyNotFound(NotFound):
    """There is no such API key in this tenant."""

    type = "api-key-not-found"
    title = "No such API key"


class KeyNeedsOwner(Forbidden):
    """An API key belongs to an active person or service account of this tenant, and nobody makes keys for another person."""

    type = "api-key-owner"
    title = "An API key needs an owner"


class BeyondOwnLimits(Forbidden):
    """A key may not make or become one that is freer than it is: `freer` names the limits, such as networks or expires_in_days."""

    type = "beyond-own-limits"
    title = "A key does not make a freer key"


class KeyRefused(Unauthenticated):
    """The API key is wrong, unknown, revoked or expired, or its owner is not active: the answer is the same."""

    type = "api-key-refused"
    title = "The API key is not valid"


class KeyEnded(Conflict):
    """The key was revoked, has expired, or was replaced by another already; make a new one, or rotate the one that replaced it."""

    type = "api-key-ended"
    title = "The API key has ended"


class KeyTooFast(LimitReached):
    """The key is used more often than its own rate allows; `per_s` tells how often that is, `retry_after_s` when to go on."""

    type = "api-key-too-fast"
    title = "The API key is used too often"


class TooManyReports(LimitReached):
    """Too many leaked keys were reported from one place; `retry_after_s` tells when to send the others."""

    type = "too-many-reports"
    title = "Too many reports"
