"""What the product sends, typed and bounded: at most 500 events in one message.

Read by msgspec, whose structs check types, lengths and unknown names in one pass; what a shape cannot say is checked below.
"""

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from kernel import clock
from kernel.problems import Invalid

MOST = 500
AHEAD = timedelta(minutes=5)
"""How far the product's clock may be ahead of ours."""

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""What a sender tells of times before comes from a clock that was never set."""

MAX_DETAILS = 100
MAX_CHANGES = 100

# What none of these fields may hold stands in the clear for ever: no e-mail address, no telephone number, no name in words. `$` alone would let a
# line break pass behind the last sign.
Id = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_.:-]+$(?!\n)")]
OptionalId = Annotated[str, Meta(max_length=80, pattern=r"^[A-Za-z0-9_.:-]*$(?!\n)")]
Word = Annotated[str, Meta(max_length=40, pattern=r"^[A-Za-z0-9_.:-]*$(?!\n)")]
Token = Annotated[str, Meta(max_length=64, pattern=r"^[!-*,-?A-~]*$(?!\n)")]
"""Visible ASCII without `@` and `+`: ids of other systems."""

Label = Annotated[str, Meta(max_length=200)]


class ProductActor(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Who did it, as the product names them. The name of a person is kept sealed under that person's key."""

    id: Id
    kind: Literal["person", "key", "system"] = "person"
    name: Label = ""
    auth_method: Word = ""
    on_behalf_of: OptionalId = ""
    session: Token = ""


class ProductSubject(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What it was done to."""

    id: Id
    kind: Word = ""
    name: Label = ""


class ProductContext(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where it came from."""

    address: Annotated[str, Meta(max_length=45)] = ""
    user_agent: Annotated[str, Meta(max_length=400)] = ""
    request_id: Token = ""
    trace_id: Token = ""


class ProductEvent(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One thing that happened in the product.

    `id` is the product's own and makes sending again harmless: the same event is taken once for ever. `tenant` may say whose trail it is meant for,
    so that a mistake is refused and not written into another tenant's.
    """

    action: Annotated[str, Meta(max_length=64)]
    actor: ProductActor
    subject: ProductSubject
    id: Annotated[str, Meta(max_length=128, pattern=r"^[!-*,-?A-~]*$(?!\n)")] = ""
    version: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    occurred_at: Annotated[datetime, Meta(tz=True)] | None = None
    outcome: Literal["success", "failure", "denied"] = "success"
    reason: Annotated[str, Meta(max_length=500)] = ""
    details: dict[str, Any] = {}
    changes: dict[str, tuple[Any, Any]] = {}
    context: ProductContext = ProductContext()
    tenant: Annotated[str, Meta(max_length=63)] = ""


class Batch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Events that are taken together: all of them, or none."""

    events: Annotated[list[ProductEvent], Meta(min_length=1, max_length=MOST)]


def events_in(document: Any) -> list[ProductEvent]:
    """The events of a message: one event, or `{"events": […]}`. Raises Invalid with the pointer of the first fault."""
    is_batch = isinstance(document, dict) and "events" in document
    try:
        found = msgspec.convert(document, Batch).events if is_batch else [msgspec.convert(document, ProductEvent)]
    except msgspec.ValidationError as fault:
        words, _, place = str(fault).partition(" - at `$")
        raise refused(_pointer(place.rstrip("`")), words) from fault
    latest = clock.now() + AHEAD
    for number, event in enumerate(found):
        _require_sound(event, latest=latest, pointer=f"/events/{number}" if is_batch else "")
    return found


def refused(pointer: str, detail: str) -> Invalid:
    """The refusal of one value, by its JSON pointer."""
    return Invalid(
        f"{detail} Nothing of the message was taken.", errors=[{"pointer": pointer, "code": "invalid", "detail": detail}]
    )


def _require_sound(event: ProductEvent, *, latest: datetime, pointer: str) -> None:
    if event.occurred_at is not None and not EARLIEST <= event.occurred_at <= latest:
        where = "before 1970" if event.occurred_at < EARLIEST else "more than five minutes ahead"
        raise refused(f"{pointer}/occurred_at", f"The moment lies {where}. Check the sender's clock.")
    if len(event.details) > MAX_DETAILS or len(event.changes) > MAX_CHANGES:
        raise refused(f"{pointer}/details", f"An event tells at most {MAX_DETAILS} details and {MAX_CHANGES} changes.")
    if event.context.address:
        try:
            ipaddress.ip_address(event.context.address)
        except ValueError:
            raise refused(f"{pointer}/context/address", "Write one IPv4 or IPv6 address.") from None


def _pointer(place: str) -> str:
    """A JSON pointer (RFC 6901) from msgspec's path, such as `.events[3].actor.id`; `[...]` is some member of a map."""
    return place.replace("[...]", "").replace("[", "/").replace("]", "").replace(".", "/")
