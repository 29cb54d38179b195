"""What rules remember between entries: read and written once a batch, in the transaction that moves the place in the log.

So a crash loses no count and counts nothing twice. A trial of a rule remembers only while it runs.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Func, TextField, Value

from audit.models import AlertMemory
from kernel import clock

GROUPS_PER_RULE = 10_000
WINDOW, HABIT = "window", "habit"


class Passing:
    """Memory that ends with the trial that it is for."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, Any]] = {}

    def of(self, key: str) -> dict[str, Any]:
        """What is remembered under a key; empty when nothing is. To change it, call `keep`."""
        return self._values.get(key, {})

    def keep(self, key: str, value: dict[str, Any], *, until: datetime) -> None:  # noqa: ARG002  (what lasts needs it)
        """Remember a value under a key, not longer than `until`."""
        self._values[key] = value


class Lasting(Passing):
    """Memory in the tenant's database. Call `fetch` before and `write` after a batch."""

    def __init__(self) -> None:
        super().__init__()
        self._fetched: set[str] = set()
        self._changed: dict[str, datetime] = {}

    def fetch(self, keys: Iterable[str]) -> None:
        """Read many keys with one query."""
        wanted = set(keys) - self._fetched
        self._fetched |= wanted
        if wanted:
            found = AlertMemory.objects.filter(key__in=wanted, expires_at__gt=clock.now())
            self._values |= dict(found.values_list("key", "value"))

    def of(self, key: str) -> dict[str, Any]:
        """As above; a key that was not fetched is read now."""
        self.fetch([key])
        return super().of(key)

    def keep(self, key: str, value: dict[str, Any], *, until: datetime) -> None:
        """As above."""
        self._fetched.add(key)
        super().keep(key, value, until=until)
        self._changed[key] = until

    def write(self) -> None:
        """Put what changed into the database, with one statement."""
        rows = [AlertMemory(key=key, value=self._values[key], expires_at=until) for key, until in sorted(self._changed.items())]
        AlertMemory.objects.bulk_create(
            rows, batch_size=1000, update_conflicts=True, unique_fields=["key"], update_fields=["value", "expires_at"]
        )
        self._changed.clear()


def window_key(rule_key: str, *, correlation: str, group: str) -> str:
    """The key of one group of one correlation; `group` is a digest."""
    return f"{WINDOW}|{rule_key}|{correlation[:60]}|{group}"


def habit_key(actor_digest: str) -> str:
    """The key of what is known of one caller."""
    return f"{HABIT}|{actor_digest}"


def lasts(seconds: float) -> datetime:
    """The moment until which something lasts, from now on by our clock; twice the span, for entries that are sealed late."""
    return clock.now() + timedelta(seconds=2 * seconds + 60)


def forget_rule(rule_key: str) -> None:
    """Forget all that one rule remembers."""
    AlertMemory.objects.filter(key__startswith=f"{WINDOW}|{rule_key}|").delete()


def forget_stale() -> int:
    """Forget what has had its time, and of each rule the groups above 10,000, those first that end first; the number forgotten."""
    gone, _ = AlertMemory.objects.filter(expires_at__lte=clock.now()).delete()
    return gone + sum(_forget_above(rule_key) for rule_key in _crowded())


def _crowded() -> list[str]:
    rule_key = Func(F("key"), Value("|"), Value(2), function="split_part", output_field=TextField())
    windows = AlertMemory.objects.filter(key__startswith=f"{WINDOW}|").annotate(rule_key=rule_key)
    counted = windows.values("rule_key").annotate(number=Count("key")).filter(number__gt=GROUPS_PER_RULE)
    return list(counted.values_list("rule_key", flat=True))


def _forget_above(rule_key: str) -> int:
    own = AlertMemory.objects.filter(key__startswith=f"{WINDOW}|{rule_key}|")
    kept = own.order_by("-expires_at").values("key")[:GROUPS_PER_RULE]
    gone, _ = own.exclude(key__in=list(kept.values_list("key", flat=True))).delete()
    return gone
