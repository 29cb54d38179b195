"""Built-in rules stand for events that there are: a rule that waits for a name which nothing bears would watch nothing, and nobody would notice."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import yaml

from audit.alerts import builtin, reading
from kernel.events import CATALOGUE

LATER: dict[str, dict[str, str]] = {
    "mass-deletion": {"shop.customer.erased": "of the vendor's product: its acts have names of its own"},
    "mass-export": {"shop.customer.viewed": "of the vendor's product"},
    "secret-exported": {"shop.signing_key.exported": "of the vendor's product: of its own keys, this one hands none out"},
    "sign-in-weakened": {"identity.sso.disabled": "single sign-on comes with its own step"},
    "webhook-target-changed": {
        "webhooks.endpoint.created": "webhooks come with their own step",
        "webhooks.endpoint.changed": "webhooks",
    },
}
"""Names that no event of the product has yet, by the rule that waits for them. One that comes true is taken out of here: a test says so."""


def action_patterns(key: str) -> Iterator[dict[str, Any]]:
    """Each single pattern over the name of an action in a built-in rule, with whatever else the same selection asks of that name."""
    for document in yaml.safe_load_all(builtin.texts()[key]):
        selections = [each for each in (document.get("detection") or {}).values() if isinstance(each, dict)]
        for selection, name in product(selections, ("action", "details.action")):
            asked = {field: value for field, value in selection.items() if field.partition("|")[0] == name}
            for field, value in asked.items():
                yield from (asked | {field: each} for each in (value if isinstance(value, list) else [value]))


def matched(pattern: dict[str, Any], *, names: set[str]) -> set[str]:
    """The names that a pattern stands for."""
    detection = {"one": pattern, "condition": "one"}
    text = yaml.safe_dump({"title": "T", "logsource": {"product": "freehold"}, "detection": detection, "level": "low"})
    (part,) = reading.read(text).parts
    assert isinstance(part, reading.Detection)
    return {name for name in names if part.test({"action": name, "details.action": name})}


@pytest.mark.parametrize("key", sorted(builtin.texts()))
def test_every_pattern_of_a_built_in_rule_stands_for_an_event(key: str) -> None:
    names = set(CATALOGUE) | LATER.get(key, {}).keys()

    silent = [pattern for pattern in action_patterns(key) if not matched(pattern, names=names)]

    assert silent == []


def test_what_comes_later_has_not_come_and_is_waited_for() -> None:
    for key, names in LATER.items():
        patterns = list(action_patterns(key))
        assert names.keys().isdisjoint(CATALOGUE), key
        assert {name for pattern in patterns for name in matched(pattern, names=set(names))} == names.keys(), key


def test_the_settings_of_the_log_are_these() -> None:
    (rule,) = reading.read(builtin.texts()["log-settings-changed"]).parts
    assert isinstance(rule, reading.Detection)

    found = {name for name in CATALOGUE if rule.test({"action": name, "outcome": "success"})}

    assert {name.removeprefix("audit.") for name in found} == {
        "anchor.added", "anchor.changed", "anchor.failed", "anchor.paused", "anchor.removed", "anchor.resumed", "channel.changed", "channel.created",
        "channel.deleted", "channel.paused", "channel.resumed", "hold.lift_asked", "hold.lifted", "hold.placed", "policy.changed",
        "policy.preset_applied", "rule.changed", "rule.created", "rule.deleted", "rule.disabled", "rule.enabled", "rule.muted", "rule.unmuted",
        "signing_key.rotated", "stream.changed", "stream.created", "stream.failing", "stream.paused", "stream.removed", "stream.replayed",
        "stream.resumed",
    }  # fmt: skip
