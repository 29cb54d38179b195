"""Rows of the log as they come from the database: in its binary form, in blocks, the next one read while the last is looked at.

A block is asked for with one call of libpq, which lets other threads work until the answer is there as a whole. psycopg's own way of
waiting would take the interpreter's lock back for every few kilobytes, and wait for it each time.
"""

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connections
from psycopg import adapters, errors, pq
from psycopg.adapt import AdaptersMap, Transformer
from psycopg.pq.abc import PGresult
from psycopg.types.string import ByteaBinaryLoader

from kernel import tenancy
from kernel.tenancy.context import stand_for

BLOCK = 5000
"""Rows of one statement: a few megabytes."""

SIGN = "\x1f"
"""What joins the columns of a row: US, "unit separator", which stands in no column that we write."""

MOMENT = """to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
BODY = f"""canonical, mac, concat_ws(E'\\x1f', {MOMENT}, action, category, severity::text, source, outcome, actor_kind, actor_id, actor_label,
       subject, subject_label, request_id, address)"""
# A subquery that cannot be pulled up: for each seal its entry by the index, in the order of the log, whatever the statistics say.
SEALED = f"""
SELECT s.seq, uuid_send(s.entry_id), s.leaf, s.chain, e.canonical, e.mac, e.told
  FROM audit_seal s
  LEFT JOIN LATERAL (SELECT {BODY} AS told FROM audit_entry e WHERE e.id = s.entry_id OFFSET 0) e ON true
 WHERE s.seq >= $1::bigint AND s.seq <= $2::bigint ORDER BY s.seq
"""
ONE = f"SELECT 0::bigint, uuid_send(id), ''::bytea, ''::bytea, {BODY} FROM audit_entry WHERE id = $1::uuid"
WAITING = f"""
SELECT 0::bigint, uuid_send(e.id), ''::bytea, CASE WHEN q.entry_id IS NULL THEN ''::bytea ELSE 'queued'::bytea END, {BODY}
  FROM audit_entry e LEFT JOIN audit_queuedentry q ON q.entry_id = e.id
 WHERE e.id > $1::uuid AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.entry_id = e.id) ORDER BY e.id LIMIT $2::bigint
"""
QUEUED = b"queued"

Raw = tuple[int, bytes, bytes, bytes, bytes | None, bytes, bytes]
"""What a `rows.Row` is made of, in the same order."""


@dataclass(frozen=True, slots=True)
class _Bytes:
    """A context of psycopg in which texts stay the bytes that they are hashed as."""

    adapters: AdaptersMap = field(default_factory=lambda: AdaptersMap(adapters))
    connection: None = None


BYTES = _Bytes()
BYTES.adapters.register_loader("text", ByteaBinaryLoader)


def sealed(first: int, last: int) -> PGresult:
    """The answer with the rows whose `seq` is `first` to `last`, in order."""
    return _asked(SEALED, first, last)


def blocks(first: int, last: int) -> Generator[tuple[int, list[Raw]]]:
    """All rows with `seq` from `first` to `last`, in order, in blocks of 5,000 places; each with the last place that it covers.

    A log of several blocks is read by a thread that has a connection of its own, closed at the end: close the iterator when you leave it
    early. Inside a transaction, whose changes no other connection sees, all is read with the caller's.
    """
    spans = [(start, min(start + BLOCK - 1, last)) for start in range(first, last + 1, BLOCK)]
    if len(spans) < 2 or connections[tenancy.current_alias()].in_atomic_block:
        for span in spans:
            yield span[1], loaded(sealed(*span))
        return
    scope = copy_context()
    with ThreadPoolExecutor(1, thread_name_prefix="audit-verify") as ahead:

        def ask(span: tuple[int, int]) -> Future[PGresult]:
            return ahead.submit(lambda: scope.run(sealed, *span))

        try:
            coming = ask(spans[0])
            for span, following in zip(spans, [*spans[1:], None], strict=True):
                answer = coming.result()
                if following is not None:
                    coming = ask(following)
                yield span[1], loaded(answer)
        finally:
            ahead.submit(connections.close_all).result()


def waiting(*, since: UUID) -> Iterator[list[Raw]]:
    """Entries without a seal whose id is greater than `since`, in blocks of 5,000; `chain` is "queued" when the sealer knows of them."""
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
    wrapper = connections[tenancy.current_alias()]
    _stand(wrapper)
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
