"""Rows of the log as they come from the database: in its binary form, in blocks, the next one read while the last is looked at.

A block is asked for with one call of libpq, which lets other threads work until the answer is there as a whole. psycopg's own way of
waiting would take the interpreter's lock back for every few kilobytes, and wait for it each time.
"""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connections
from psycopg import adapters, errors, pq
from psycopg.adapt import AdaptersMap, Transformer
from psycopg.pq.abc import PGresult
from psycopg.types.numeric import Int8BinaryLoader
from psycopg.types.string import ByteaBinaryLoader

from kernel import tenancy
from kernel.tenancy.context import stand_for

BLOCK = 1024
"""Rows of one statement: a megabyte, which stays in a processor's cache. A power of two, so that a block is a subtree of its own."""

COLUMNS = (
    "action", "category", "severity", "source", "outcome", "actor_kind", "actor_id", "actor_label",
    "subject", "subject_label", "request_id", "address",
)  # fmt: skip
# As they lie there: to join or to spell anything would cost the server more than to find the row.
BODY = f"canonical, mac, received_at, {', '.join(COLUMNS)}"
# A subquery that cannot be pulled up: for each seal its entry by the index, in the order of the log, whatever the statistics say.
SEALED = f"""
SELECT s.seq, s.entry_id, s.leaf, s.chain, e.*
  FROM audit_seal s LEFT JOIN LATERAL (SELECT {BODY} FROM audit_entry e WHERE e.id = s.entry_id OFFSET 0) e ON true
 WHERE s.seq >= $1::bigint AND s.seq <= $2::bigint ORDER BY s.seq
"""
ONE = f"SELECT 0::bigint, id, ''::bytea, ''::bytea, {BODY} FROM audit_entry WHERE id = $1::uuid"
WAITING = f"""
SELECT 0::bigint, e.id, ''::bytea, CASE WHEN q.entry_id IS NULL THEN ''::bytea ELSE 'queued'::bytea END, {BODY}
  FROM audit_entry e LEFT JOIN audit_queuedentry q ON q.entry_id = e.id
 WHERE e.id > $1::uuid AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id) ORDER BY e.id LIMIT $2::bigint
"""
QUEUED = b"queued"

Raw = tuple[Any, ...]
"""What a `rows.Row` is made of, in the same order."""

Span = tuple[int, int]
"""The first and the last `seq` of a block."""


@dataclass(frozen=True, slots=True)
class _Bytes:
    """A context of psycopg in which texts stay the bytes that they are hashed as, ids their 16 bytes, and moments microseconds since 2000."""

    adapters: AdaptersMap = field(default_factory=lambda: AdaptersMap(adapters))
    connection: None = None


BYTES = _Bytes()
BYTES.adapters.register_loader("text", ByteaBinaryLoader)
BYTES.adapters.register_loader("uuid", ByteaBinaryLoader)
BYTES.adapters.register_loader("timestamptz", Int8BinaryLoader)


def sealed(first: int, last: int) -> PGresult:
    """The answer with the rows whose `seq` is `first` to `last`, in order."""
    return _asked(SEALED, first, last)


def rows(span: Span) -> list[Raw]:
    """The rows of a block, in order."""
    return loaded(sealed(*span))


def spans(first: int, last: int) -> list[Span]:
    """The blocks that hold all rows with `seq` from `first` to `last`; each but the first begins where a multiple of their length ends."""
    found = []
    while first <= last:
        end = min(last, first + BLOCK - 1 - (first - 1) % BLOCK)
        found.append((first, end))
        first = end + 1
    return found


def blocks(spans: Sequence[Span]) -> Generator[tuple[Span, list[Raw]]]:
    """The rows of each block, in order.

    Several blocks are read by a thread that has a connection of its own, closed at the end: close the iterator when you leave it
    early. Inside a transaction, whose changes no other connection sees, all is read with the caller's.
    """
    if len(spans) < 2 or connections[tenancy.current_alias()].in_atomic_block:
        for span in spans:
            yield span, rows(span)
        return
    scope = copy_context()
    with ThreadPoolExecutor(1, thread_name_prefix="audit-verify") as ahead:

        def ask(span: Span) -> Future[PGresult]:
            return ahead.submit(lambda: scope.run(sealed, *span))

        try:
            coming = ask(spans[0])
            for span, following in zip(spans, [*spans[1:], None], strict=True):
                answer = coming.result()
                if following is not None:
                    coming = ask(following)
                yield span, loaded(answer)
        finally:
            ahead.submit(connections.close_all).result()


def waiting(*, since: UUID) -> Iterator[list[Raw]]:
    """Entries without a seal whose id is greater than `since`, in blocks; `chain` is "queued" when the sealer knows of them."""
    while block := loaded(_asked(WAITING, since, BLOCK)):
        yield block
        since = UUID(bytes=block[-1][1])


def one(entry_id: UUID) -> list[Raw]:
    """An entry as it is now, or nothing."""
    return loaded(_asked(ONE, entry_id))


def loaded(answer: PGresult) -> list[Raw]:
    """The rows of an answer."""
    found = Transformer(BYTES)
    found.set_pgresult(answer)
    return found.load_rows(0, answer.ntuples, tuple)


def _asked(statement: str, *values: object) -> PGresult:
    wrapper: Any = connections[tenancy.current_alias()]
    _stand(wrapper)
    wrapper.settle()
    with wrapper.wrap_database_errors:
        texts = [str(value).encode() for value in values]
        answer: PGresult = wrapper.connection.pgconn.exec_params(statement.encode(), texts, result_format=pq.Format.BINARY)
        if answer.status != pq.ExecStatus.TUPLES_OK:
            raise errors.error_from_result(answer)
    return answer


def _stand(wrapper: Any) -> None:
    """Have the connection stand where the scope wants it; nothing is asked of the server when it does."""
    stand, raw = stand_for(wrapper.alias), wrapper.connection
    if raw is None or stand is None or raw.pgconn.parameter_status(b"search_path") != stand.path:
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT 1")
