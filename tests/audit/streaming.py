"""What the tests of streams share: a stream to an HTTPS sink, and reading what came there."""

from typing import Any

import orjson

from audit import actions
from audit.actions import Wanted
from audit.models import Entry, Stream
from audit.streams import delivery
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.listeners import CA_PEM, HttpSink, Request

SIGNING_KEY = "a-signing-key-of-32-signs......."


def to_https(sink: HttpSink, *, actor: Actor, name: str = "collector", from_seq: int | None = None, **wanted: Any) -> Stream:
    """A stream to an HTTPS sink."""
    settings, secret = {"url": f"{sink.url}/audit", "ca": CA_PEM}, {"signing_key": SIGNING_KEY}
    return actions.create_stream(
        "https", wanted=Wanted(name=name, settings=settings, secret=secret, **wanted), from_seq=from_seq, actor=actor
    )


def deliver(stream: Stream) -> delivery.Run:
    return actions.deliver_stream(stream.pk, actor=makers.OPERATOR)


def entries_in(request: Request) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in request.body.splitlines()]


def own_records(lines: list[dict[str, Any]]) -> list[int]:
    """The numbers of the tests' own entries, in the order in which they came."""
    return [line["entry"]["details"]["number"] for line in lines if line["entry"]["action"] == "tests.thing.happened"]


def actions_on_trail(prefix: str) -> list[str]:
    return list(Entry.objects.filter(action__startswith=prefix).order_by("id").values_list("action", flat=True))


def seal(ref: TenantRef) -> None:
    """Seal what waits in a tenant, and sign the log."""
    with tenancy.activate(ref, purpose=Purpose.SEAL):
        actions.seal_pending()
        actions.sign_log()
