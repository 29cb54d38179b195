"""Refusals, as one tree. Every refusal is a `Problem`; every door turns it into an RFC 9457 document, a page or an exit code.

    Problem
    ├── Invalid 422            Malformed 400 · TooLarge 413 · UnsupportedMedia 415 · IdempotencyReused 422 · MailRefused 422
    ├── Unauthenticated 401
    ├── Forbidden 403          TenantSuspended 403
    ├── NotFound 404           TenantUnknown 404 · TenantGone 410 (TenantArchived, TenantDeleting) · MethodNotAllowed 405 · NotAcceptable 406
    ├── Conflict 409           PreconditionFailed 412 · IdempotencyRunning 409
    ├── LimitReached 429
    └── Unavailable 503        TenantNotReady 503 · TenantMoving 503 · Unreachable 502

An app adds its own below one of the families in its `problems.py`. `type` is stable and public; `detail` says what to do next.
"""

from typing import Any, ClassVar, Protocol

TYPE_BASE = "/problems/"
MEMBERS = frozenset({"type", "title", "status", "detail", "instance", "request_id"})


class Problem(Exception):
    """A refusal that a caller can understand and act on.

    `detail` says what to do next; `fields` are extra members of the document (numbers stay numbers, RFC 9457 section 3.2).
    """

    type: ClassVar[str] = "problem"
    title: ClassVar[str] = "The request was refused"
    status: ClassVar[int] = 500

    def __init__(self, detail: str, **fields: Any) -> None:
        super().__init__(detail)
        if MEMBERS & fields.keys():
            raise ValueError(f"{MEMBERS & fields.keys()} are members of every problem; give the field another name")
        self.detail = detail
        self.fields = fields

    def document(self) -> dict[str, Any]:
        """The problem as the members of an RFC 9457 document, without the request's own members."""
        return {
            "type": TYPE_BASE + self.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.fields,
        }


class Invalid(Problem):
    """The input has the right form but a wrong value; `errors` lists pointer, code and detail of each fault."""

    type = "invalid"
    title = "The input is not valid"
    status = 422


class Malformed(Invalid):
    """The request cannot be read at all: broken JSON, a NUL byte, a bad cursor, a bad header."""

    type = "malformed"
    title = "The request cannot be read"
    status = 400


class TooLarge(Invalid):
    """The body is larger than the route accepts; `limit_bytes` tells the limit."""

    type = "too-large"
    title = "The request is too large"
    status = 413


class UnsupportedMedia(Invalid):
    """The body is of a type that the route does not read; send application/json."""

    type = "unsupported-media-type"
    title = "The content type is not supported"
    status = 415


class IdempotencyReused(Invalid):
    """The Idempotency-Key was used before with another request; take a new key for a new request."""

    type = "idempotency-key-reused"
    title = "The Idempotency-Key belongs to another request"
    status = 422


class MailRefused(Invalid):
    """A mail will never be taken as it is: its address is none, or the mail server refused it for good."""

    type = "mail-refused"
    title = "The mail cannot be sent"
    status = 422


class UnsafeAddress(Invalid):
    """The product does not call this address: not https, not on the public internet, or not written in its usual form."""

    type = "unsafe-address"
    title = "This address may not be called"
    status = 422


class Unauthenticated(Problem):
    """Nobody, or somebody who could not prove who they are."""

    type = "unauthenticated"
    title = "Authentication is required"
    status = 401


class Forbidden(Problem):
    """Known, but not allowed; `permission` names what is missing."""

    type = "forbidden"
    title = "You are not allowed to do this"
    status = 403


class TenantSuspended(Forbidden):
    """The tenant is suspended; `reason` tells why."""

    type = "tenant-suspended"
    title = "This tenant is suspended"
    status = 403


class NotFound(Problem):
    """There is no such thing here, or it belongs to somebody else: the answer is the same."""

    type = "not-found"
    title = "Not found"
    status = 404


class TenantUnknown(NotFound):
    """No tenant answers at this host."""

    type = "tenant-unknown"
    title = "No tenant answers at this address"
    status = 404


class TenantGone(NotFound):
    """The tenant was here and has ended."""

    type = "tenant-gone"
    title = "This tenant has ended"
    status = 410


class TenantArchived(TenantGone):
    """The tenant is archived: its data is kept as an export and can be restored by the operator."""

    type = "tenant-archived"
    title = "This tenant is archived"
    status = 410


class TenantDeleting(TenantGone):
    """The tenant is being deleted; until the grace time is over the operator can undo it."""

    type = "tenant-deleting"
    title = "This tenant is being deleted"
    status = 410


class MethodNotAllowed(NotFound):
    """The route exists but does not answer this method; `allowed` lists those it does."""

    type = "method-not-allowed"
    title = "The method is not allowed here"
    status = 405


class NotAcceptable(NotFound):
    """The route cannot answer in a media type that the Accept header allows; ask for application/json."""

    type = "not-acceptable"
    title = "The requested representation is not available"
    status = 406


class Conflict(Problem):
    """The state of things does not allow it now."""

    type = "conflict"
    title = "The request conflicts with the present state"
    status = 409


class PreconditionFailed(Conflict):
    """The thing changed since it was read; `current_version` tells the version that it has now."""

    type = "precondition-failed"
    title = "The thing has changed since you read it"
    status = 412


class IdempotencyRunning(Conflict):
    """The first request with this Idempotency-Key has not finished yet; ask again shortly."""

    type = "idempotency-key-running"
    title = "The first request with this Idempotency-Key is still running"
    status = 409


class LimitReached(Problem):
    """Too much or too often; `retry_after_s` tells when to come back, where waiting helps."""

    type = "limit-reached"
    title = "A limit is reached"
    status = 429


class Unavailable(Problem):
    """A part that the request needs is away; nothing was changed, repeat later."""

    type = "unavailable"
    title = "The service is not available now"
    status = 503


class TenantNotReady(Unavailable):
    """The tenant is still being made, or its making failed."""

    type = "tenant-not-ready"
    title = "This tenant is not ready yet"
    status = 503


class TenantMoving(Unavailable):
    """The tenant is changing its place for a moment; nothing was changed, repeat after `retry_after_s` seconds."""

    type = "tenant-moving"
    title = "This tenant is moving"
    status = 503


class Unreachable(Unavailable):
    """Another system that had to be called did not answer, or not as it should; look whether it is up and repeat."""

    type = "unreachable"
    title = "The other system cannot be reached"
    status = 502


class InternalError(Problem):
    """A fault of ours; the request id leads to it in the log."""

    type = "internal-error"
    title = "Something went wrong on our side"
    status = 500


class Versioned(Protocol):
    """Anything that counts its changes."""

    version: int


def require_version(row: Versioned, *, expected: int | None) -> None:
    """Refuse when a caller's If-Match names another version than the locked row has; `None` accepts any.

    Raises PreconditionFailed with `current_version`.
    """
    if expected is not None and row.version != expected:
        raise PreconditionFailed("Read it again, look at what changed, and repeat with the new ETag.", current_version=row.version)
