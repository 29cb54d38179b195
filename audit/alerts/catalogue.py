"""All rules of a tenant: those that come with the product, as the tenant set them, and its own."""

from dataclasses import dataclass
from datetime import datetime

from audit.alerts import builtin, reading
from audit.alerts.judging import Named
from audit.alerts.reading import Fault, Rule, Unreadable
from audit.models import AlertRule
from audit.problems import RuleNotFound


@dataclass(frozen=True, slots=True)
class Listed:
    """One rule with its state. `rule` is None when its text cannot be read any more; `version` is 0 for a built-in one that was never touched."""

    key: str
    text: str
    rule: Rule | None
    faults: tuple[Fault, ...]
    is_builtin: bool
    is_enabled: bool
    muted_until: datetime | None
    version: int

    @property
    def title(self) -> str:
        """What people call it."""
        return self.rule.title if self.rule else self.key

    @property
    def severity(self) -> int:
        """1 to 5; 0 when the text cannot be read."""
        return self.rule.severity if self.rule else 0


def all_rules() -> list[Listed]:
    """Every rule of the active tenant, by key."""
    rows = {row.key: row for row in AlertRule.objects.all()}
    texts = builtin.texts()
    listed = [_listed(key, text, row=rows.get(key), is_builtin=True) for key, text in texts.items()]
    listed += [_listed(key, row.text, row=row, is_builtin=False) for key, row in rows.items() if row.text and key not in texts]
    return sorted(listed, key=lambda each: each.key)


def one(key: str) -> Listed:
    """The rule with a key. Raises RuleNotFound."""
    text, row = builtin.texts().get(key), AlertRule.objects.filter(key=key).first()
    if text is not None:
        return _listed(key, text, row=row, is_builtin=True)
    if row is None or not row.text:
        raise RuleNotFound("Check the key; the list of rules shows those of this tenant.")
    return _listed(key, row.text, row=row, is_builtin=False)


def living(*, service: str) -> list[Named]:
    """The rules that watch now: enabled, readable, of one service."""
    return [Named(each.key, each.rule) for each in all_rules() if each.is_enabled and each.rule and each.rule.service == service]


def muted_keys(*, at: datetime) -> frozenset[str]:
    """The rules whose alerts nobody is told of at a moment."""
    return frozenset(AlertRule.objects.filter(muted_until__gt=at).values_list("key", flat=True))


def _listed(key: str, text: str, *, row: AlertRule | None, is_builtin: bool) -> Listed:
    rule, faults = _read(text)
    if row is None:
        return Listed(key, text, rule, faults, is_builtin, is_enabled=True, muted_until=None, version=0)
    return Listed(key, text, rule, faults, is_builtin, row.is_enabled, row.muted_until, row.version)


def _read(text: str) -> tuple[Rule | None, tuple[Fault, ...]]:
    try:
        return reading.read(text), ()
    except Unreadable as fault:
        return None, tuple(fault.faults)
