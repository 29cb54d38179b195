"""The page about alerts tells of every built-in rule and every field, and its examples are rules."""

import re

from audit.alerts import builtin, fields, reading
from audit.alerts.telling import SEVERITY_WORDS
from audit.models import ChannelKind
from tests.docs.papers import ROOT

PAGE = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([^`|]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
EXAMPLE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def test_the_catalogue_of_built_in_rules_is_complete_and_true() -> None:
    rules = {key: reading.read(text) for key, text in builtin.texts().items()}

    told = {key: (title, severity, words) for key, title, severity, words in ROW.findall(PAGE)}

    assert told == {key: (rule.title, SEVERITY_WORDS[rule.severity], rule.description) for key, rule in rules.items()}
    assert f"{len(rules)} rules come with the product" in PAGE


def test_every_field_is_told_of() -> None:
    table = PAGE.partition("## Fields")[2].partition("## Channels")[0]

    told = {name for row in re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)}

    assert told - {"details.…", "changes.….old", "changes.….new"} == fields.known_names()


def test_every_example_is_a_rule() -> None:
    examples = EXAMPLE.findall(PAGE)

    assert [reading.read(text).severity for text in examples] == [3, 4]


def test_every_kind_of_channel_is_told_of() -> None:
    assert all(f"| `{kind}` |" in PAGE for kind in ChannelKind.values)
