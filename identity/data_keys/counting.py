"""How much is sealed under which key, counted in the tables themselves."""

from collections import Counter
from dataclasses import dataclass

from django.db import connections

from identity.data_keys import places
from kernel import tenancy
from kernel.sealing import BY_RING, BY_TENANT, SealedColumn


@dataclass(frozen=True, slots=True)
class Usage:
    """The values in one column: `by_data_key` and `by_ring_key` count them by key id."""

    table: str
    by_data_key: dict[str, int]
    by_ring_key: dict[str, int]

    @property
    def values(self) -> int:
        """All of them."""
        return sum(self.by_data_key.values()) + sum(self.by_ring_key.values())

    def others_than(self, key_id: str) -> int:
        """Those that another key than this data key seals."""
        return self.values - self.by_data_key.get(key_id, 0)


def of_tenant() -> list[Usage]:
    """Every column of the active tenant. Reads all rows; a million persons take about a second."""
    return [_counted(place, alias=tenancy.current_alias()) for place in places.of_tenants()]


def of_home() -> list[Usage]:
    """Every column of home."""
    return [_counted(place, alias=tenancy.HOME) for place in places.of_home()]


def by_data_key(usages: list[Usage]) -> Counter[str]:
    """How many values each data key seals, over all columns."""
    total: Counter[str] = Counter()
    for usage in usages:
        total.update(usage.by_data_key)
    return total


def by_ring_key(usages: list[Usage]) -> Counter[str]:
    """How many values each key of the ring seals, over all columns."""
    total: Counter[str] = Counter()
    for usage in usages:
        total.update(usage.by_ring_key)
    return total


def _counted(place: SealedColumn, *, alias: str) -> Usage:
    statement = (
        f"SELECT split_part({place.column}, '.', 1), split_part({place.column}, '.', 2), count(*) FROM {place.table}"
        f" WHERE {place.column} <> '' GROUP BY 1, 2"
    )
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall()
    found: dict[str, dict[str, int]] = {BY_TENANT: {}, BY_RING: {}}
    for form, key_id, number in rows:
        kept = found.setdefault(form, {})
        kept[key_id] = kept.get(key_id, 0) + number
    return Usage(place.table, by_data_key=found[BY_TENANT], by_ring_key=found[BY_RING])
