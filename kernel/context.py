"""What is known of the current unit of work: its request id, the caller's address and program, the route.

Set by the request middleware and by the task base; read by the trail and the log.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from kernel import addresses


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Facts of one request, task or command; empty text where a fact does not apply. `trace_id` is that of W3C Trace Context, 32 hex digits."""

    request_id: str
    address: str = ""
    user_agent: str = ""
    route: str = ""
    task_id: str = ""
    trace_id: str = ""

    @property
    def place(self) -> str:
        """Where it comes from, as limits count it; empty where it comes from nowhere."""
        return addresses.place_of(self.address)


NOWHERE = RequestContext(request_id="")
_current: ContextVar[RequestContext] = ContextVar("request_context", default=NOWHERE)


def current() -> RequestContext:
    """The context of this unit of work; `NOWHERE` outside any."""
    return _current.get()


@contextmanager
def bound(context: RequestContext) -> Iterator[RequestContext]:
    """Make `context` the current one for the length of a block."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)
