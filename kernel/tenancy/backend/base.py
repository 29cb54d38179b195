"""A PostgreSQL connection that always stands where the current scope says.

Pull, not push: each time a statement is executed, the wanted role and search path are read from the context and compared with what the
*server* reports (PostgreSQL 18 reports `search_path`; older servers report nothing and are told each time). When they differ, the two SETs
ride in front of the statement in the same message, so that a switch costs no round trip. Nothing is remembered on our side, hence nothing
has to be forgotten on ROLLBACK, on an error or when a pool hands the connection on. Measured in ADR 2 and by `manage.py bench routing`.
"""

import select
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db.backends.postgresql import base as postgresql
from django.utils.functional import cached_property
from psycopg import OperationalError, pq

from kernel.tenancy import breaker, context
from kernel.tenancy.backend import deferring, recycling, shelf
from kernel.tenancy.backend.results import done
from kernel.tenancy.context import NoTenant, Stand

RIDES = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ")
REPORTED = b"search_path"
PREFIXED_RESULTS = 2


class Standing:
    """Mixed into each cursor class of an alias: takes the connection to where the scope wants it before anything is executed.

    Raises NoTenant when the alias is a cell and no tenant of it is active.
    """

    alias = ""
    connection: Any

    def _wanted(self) -> Stand | None:
        """Where the connection must go, or None when it already stands there. What was deferred belongs to where it stands, and goes first."""
        if deferring.waits(self.connection):
            deferring.settle(self.connection)
        stand = context.stand_for(self.alias)
        if stand is None:
            raise NoTenant(f"{self.alias} was asked to execute with no tenant of this cell active")
        if self.connection.pgconn.parameter_status(REPORTED) == stand.path:
            return None
        recycling.note(self.connection, stand.schema)
        return stand

    def _go(self) -> None:
        """Go there in a message of its own: for statements that share none (COPY, utility commands, pipelines, server-side cursors)."""
        stand = self._wanted()
        if stand is not None:
            enter(self.connection, stand)


def enter(connection: Any, stand: Stand) -> None:
    """Set role and search path of a raw psycopg connection. Raises psycopg's error for a role or right that is missing."""
    done(connection.pgconn.exec_(stand.message.encode()))


class TenantCursor(Standing, postgresql.Cursor):  # type: ignore[misc,name-defined]  # the stubs leave Django's cursors out
    """The ordinary cursor."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """Execute where the scope wants it. A data statement takes the switch along; any other lets it go first."""
        stand = self._wanted()
        if stand is None:
            return super().execute(query, params, **options)
        if query.__class__ is str and query.lstrip().startswith(RIDES) and not self.connection.pgconn.pipeline_status:
            super().execute(stand.prefix + query, params, **options)
            self.set_result(PREFIXED_RESULTS)
            return self
        enter(self.connection, stand)
        return super().execute(query, params, **options)

    def executemany(self, *args: Any, **options: Any) -> Any:
        """Go there first: psycopg sends these in pipeline mode, which takes one statement a message."""
        self._go()
        return super().executemany(*args, **options)

    def copy(self, *args: Any, **options: Any) -> Any:
        """Go there first: COPY must be alone in its message."""
        self._go()
        return super().copy(*args, **options)

    def stream(self, *args: Any, **options: Any) -> Any:
        """Go there first: rows are streamed from one statement."""
        self._go()
        return super().stream(*args, **options)


class TenantServerCursor(Standing, postgresql.ServerSideCursor):  # type: ignore[misc,name-defined]  # as above
    """The named cursor behind `QuerySet.iterator()`."""

    def execute(self, *args: Any, **options: Any) -> Any:
        """Go there first: DECLARE is sent with the extended protocol."""
        self._go()
        return super().execute(*args, **options)


@cache
def cursor_classes(alias: str) -> tuple[type[TenantCursor], type[TenantServerCursor]]:
    """The two cursor classes of one alias; a psycopg cursor knows its connection but not Django's name for it."""
    return (
        type("AliasCursor", (TenantCursor,), {"alias": alias}),
        type("AliasServerCursor", (TenantServerCursor,), {"alias": alias}),
    )


class DatabaseWrapper(postgresql.DatabaseWrapper):
    """Django's PostgreSQL backend with our cursors, also for those who use the raw connection or the pool."""

    _may_borrow = False
    _own: Any = None
    _borrowed: Any = None

    def get_connection_params(self) -> dict[str, Any]:
        """Django's parameters with our cursor class as the connection's own."""
        return {**super().get_connection_params(), "cursor_factory": cursor_classes(self.alias)[0]}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, unless the database is known to be away. Raises psycopg's OperationalError."""
        with breaker.guarding(self.alias):
            return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor that stands where the scope wants it."""
        if not name:
            return super().create_cursor(name)
        server_cursor = cursor_classes(self.alias)[1]
        return server_cursor(self.connection, name=name, scrollable=False, withhold=self.connection.autocommit)

    def defer(self, statement: str, values: Iterable[Any]) -> None:
        """Execute a data statement at the latest with the COMMIT of the running transaction, in one message; it can tell nobody its result.

        `values` stand for the `%s` of the statement, in order: text, whole numbers, bytes, UUIDs and aware moments. Django's wrappers around
        statements do not see it. Where no transaction has begun, or the connection stands elsewhere, it is executed at once.
        """
        raw, stand = self.connection, context.stand_for(self.alias)
        if stand is None or raw is None or not _can_defer(raw) or raw.pgconn.parameter_status(REPORTED) != stand.path:
            with self.cursor() as cursor:
                cursor.execute(statement, tuple(values))
            return
        deferring.add(raw, deferring.written(raw, statement, values))

    def settle(self) -> None:
        """Execute what was deferred: before statements that do not go through a cursor of ours. Raises Django's database errors."""
        if self.connection is not None and deferring.waits(self.connection):
            with self.wrap_database_errors:
                deferring.settle(self.connection)

    def is_usable(self) -> bool:
        """Whether the server still answers; needs no tenant."""
        if self.connection is None:
            return False
        try:
            return bool(self.connection.pgconn.exec_(b"SELECT 1").status == pq.ExecStatus.TUPLES_OK)
        except OperationalError:
            return False

    def ensure_connection(self) -> None:
        """Connect; at the first use after the edge of a request, borrow the connection that knows the tenant, if one is kept."""
        if self._may_borrow:
            self._borrow()
        super().ensure_connection()

    def close(self) -> None:
        """Close what this thread uses, its own and a borrowed one."""
        super().close()
        if self._borrowed is not None and not self.in_atomic_block:
            self._return()
            super().close()

    def close_if_unusable_or_obsolete(self) -> None:
        """At the edges of a request or a task: also let go of a connection that is borrowed or full, or that the server has closed meanwhile.

        An idle connection has nothing to read. One that has was closed, or is about to be; seeing it here costs 2 µs and lets the product
        recover by itself, where a health check would cost a round trip per request.
        """
        if self.in_atomic_block:
            super().close_if_unusable_or_obsolete()
            return
        self._return()
        self._shelve_if_worn()
        self.close_if_worn()
        if self.connection is not None and _has_news(self.connection):
            self.errors_occurred = True
        super().close_if_unusable_or_obsolete()
        self._may_borrow = True

    def close_if_worn(self) -> None:
        """Close a connection that has served enough tenants, where nobody leans on its session; the next query opens another."""
        if self._borrowed is None and self._is_worn():
            self.connection.close()  # a pool would hand it on
            self.close()

    def clear_shelf(self) -> None:
        """Close what this process keeps of the alias for later: its database is elsewhere now, or no cell any more."""
        shelf.clear(self.alias)

    def _shelve_if_worn(self) -> None:
        """Keep a full connection for its tenants, unless it has an age to end at, as those of a pool."""
        if shelf.is_open() and self.close_at is None and self._is_worn() and not self.connection.closed:
            shelf.add(self.alias, self.connection, place=self.settings_dict)
            self.connection = None

    def _commit(self) -> None:
        if self.connection is not None and deferring.waits(self.connection):
            with self.wrap_database_errors:
                deferring.commit(self.connection)
        super()._commit()  # type: ignore[misc]  # as above

    def _rollback(self) -> None:
        if self.connection is not None:
            deferring.drop(self.connection)
        super()._rollback()  # type: ignore[misc]  # as above

    def _is_worn(self) -> bool:
        if self.connection is None or self.in_atomic_block or self.connection.closed:
            return False
        return recycling.is_worn(self.connection)

    def _borrow(self) -> None:
        """Put the thread's own connection aside for one that has read the tenant's catalog; none is opened before it is needed."""
        self._may_borrow = False
        stand = context.stand_for(self.alias)
        # Without autocommit this wrapper was never connected, and Django has yet to set it up.
        if stand is None or self.in_atomic_block or not self.autocommit:
            return
        if self.connection is not None and recycling.has_entered(self.connection, stand.schema):
            return
        while raw := shelf.take(self.alias, place=self.settings_dict, schema=stand.schema):
            if not _has_news(raw):
                self._own, self.connection, self._borrowed = self.connection, raw, raw
                return
            raw.close()
            shelf.give_back(self.alias, raw)

    def _return(self) -> None:
        """Give back what was borrowed and go on with the thread's own; after a fault Django may have connected anew meanwhile."""
        if self._borrowed is None:
            return
        own, borrowed = self._own, self._borrowed
        self._own = self._borrowed = None
        if self.connection is None or self.connection is borrowed:
            self.connection = own
        elif own is not None:
            own.close()
        shelf.give_back(self.alias, borrowed)

    @cached_property
    def pg_version(self) -> int:
        """The server's version as an integer, e.g. 180000, without a cursor (Django's own needs one, and so a tenant)."""
        self.ensure_connection()
        return int(self.connection.info.server_version)

    def _configure_connection(self, connection: Any) -> Any:
        # Time zone and the like are set before any tenant is known, with Django's own cursor.
        connection.cursor_factory = postgresql.Cursor  # type: ignore[attr-defined]  # as above
        try:
            return super()._configure_connection(connection)  # type: ignore[misc]  # the stubs leave it out
        finally:
            # The named cursors of the raw connection too: psycopg's own would read in the tenant before this one.
            connection.cursor_factory, connection.server_cursor_factory = cursor_classes(self.alias)


def _can_defer(raw: Any) -> bool:
    """Whether a raw connection is in a sound transaction and takes one message at a time."""
    return bool(raw.pgconn.transaction_status == pq.TransactionStatus.INTRANS and not raw.pgconn.pipeline_status)


def _has_news(raw: Any) -> bool:
    """Whether an idle raw connection has something to read, which means that the server has closed it."""
    try:
        readable, _, _ = select.select([raw.fileno()], [], [], 0)
    except (OSError, ValueError, OperationalError):
        return True
    return bool(readable)
