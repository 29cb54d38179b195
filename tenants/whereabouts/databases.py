"""Asks the database of every cell, all at once, for schemas that bear the tenant's id."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from kernel.problems import Unavailable
from tenants.models import Cell, CellState, Leftover, Tenant
from tenants.placement import opening
from tenants.whereabouts.places import Place, PlaceKind, PlaceState

PATIENCE_S = 5.0
THREADS = 16
SEEN = """
SELECT n.nspname, pg_get_userbyid(n.nspowner),
       count(c.oid) FILTER (WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition),
       coalesce(sum(pg_total_relation_size(c.oid)) FILTER (WHERE c.relkind IN ('r', 'p')), 0)::bigint,
       EXISTS (SELECT 1 FROM pg_roles WHERE rolname = n.nspname),
       EXISTS (SELECT 1 FROM pg_roles r WHERE r.rolname = n.nspname AND has_schema_privilege(r.oid, n.oid, 'USAGE'))
  FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid
 WHERE n.nspname LIKE %s GROUP BY n.oid ORDER BY n.nspname
"""

Row = tuple[Any, ...]


def places(tenant: Tenant) -> Iterator[Place]:
    """What each cell has of the tenant. A cell that does not answer in time is told as not asked, unless it is closed."""
    leftovers = set(Leftover.objects.filter(tenant_id=tenant.id).values_list("cell_id", "schema"))
    for cell, answer in _asked(tenant):
        if isinstance(answer, str):
            yield Place(PlaceKind.SCHEMA, cell.name, region=cell.region_id, state=PlaceState.NOT_ASKED, evidence={"why": answer})
            continue
        for row in answer:
            yield _place(tenant, cell, row, leftovers=leftovers)
        if cell.name == tenant.cell_id and tenant.schema not in {row[0] for row in answer}:
            evidence = {"schema": tenant.schema, "exists": False}
            yield Place(PlaceKind.SCHEMA, cell.name, region=cell.region_id, evidence=evidence)


def _asked(tenant: Tenant) -> Iterator[tuple[Cell, list[Row] | str]]:
    """Each cell with its rows, or with why there are none."""
    pattern = f"%{tenant.id.hex}%"
    cells = list(Cell.objects.exclude(state=CellState.CLOSED).order_by("name"))
    with _Asking() as asking:
        futures = {cell.name: asking.ask(cell.name, pattern=pattern) for cell in cells}
        wait([future for future in futures.values() if isinstance(future, Future)], timeout=PATIENCE_S)
        for cell in cells:
            future = futures[cell.name]
            yield cell, future if isinstance(future, str) else _heard(future)


def _heard(future: "Future[list[Row]]") -> list[Row] | str:
    if not future.done():
        return "It did not answer in time."
    fault = future.exception()
    return future.result() if fault is None else str(fault).strip().partition("\n")[0]


class _Asking:
    """A thread per cell, none of which is waited for at the end."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="whereabouts")

    def __enter__(self) -> "_Asking":
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def ask(self, alias: str, *, pattern: str) -> "Future[list[Row]] | str":
        """The rows to come, or why nobody can be asked. The address is looked up here, the threads speak to the cell alone."""
        try:
            entry = opening.entry_of(alias)
        except Unavailable as fault:
            return fault.detail
        return self._threads.submit(_rows, entry, pattern=pattern)


def _rows(entry: Mapping[str, Any], *, pattern: str) -> list[Row]:
    with opening.opened(entry) as connection:
        version = connection.info.server_version
        place = opening.told_place(entry)
        return [(*row, version, place) for row in connection.execute(SEEN, [pattern])]


def _place(tenant: Tenant, cell: Cell, row: Row, *, leftovers: set[tuple[str, str]]) -> Place:
    schema, owner, tables, size, has_role, may_enter, version, place = row
    kind = PlaceKind.STRAY
    if schema == tenant.schema and cell.name == tenant.cell_id:
        kind = PlaceKind.SCHEMA
    elif (cell.name, schema) in leftovers:
        kind = PlaceKind.LEFTOVER
    evidence = {
        "schema": schema,
        "exists": True,
        "tables": tables,
        "bytes": size,
        "owner": owner,
        "has_role": has_role,
        "role_may_enter": may_enter,
        "server": f"PostgreSQL {version // 10000}.{version % 10000}",
        "database": place,
    }
    return Place(kind, cell.name, region=cell.region_id, evidence=evidence)
