"""The formats: each record carries its proof, keeps its framing whatever an entry holds, and reads back as what was written."""

import ipaddress
import json
import re
import unicodedata
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import formats, queries
from audit.formats import Line, verbs
from kernel.actors import Actor
from tests.audit.conftest import happen
from tests.audit.records import CHAIN, LEAF, PLAIN, TENANT, line_of, one_cef, one_csv, one_syslog

SLUG = ("tenant_slug",)
OURS = {"v", "av", "severity", "occurred_at", "received_at", "is_forgotten"}
"""What holds no text of anybody's: numbers, moments and a truth, all set by the product itself."""

Path = tuple[str | int, ...]


def leaves(value: Any, *, above: Path = ()) -> Iterator[Path]:
    """The path of every text in a document."""
    if isinstance(value, dict):
        yield from (path for name, inner in value.items() if name not in OURS for path in leaves(inner, above=(*above, name)))
    elif isinstance(value, list):
        yield from (path for index, inner in enumerate(value) for path in leaves(inner, above=(*above, index)))
    else:
        assert isinstance(value, str), f"say what {above} is"
        yield above


FIELDS: list[Path] = [*leaves(PLAIN), SLUG]
CEF_KEYS: dict[str, Path] = {
    "externalId": ("id",), "cat": ("category",), "act": ("action",), "outcome": ("outcome",), "reason": ("reason",), "suid": ("actor", "id"),
    "suser": ("actor", "label"), "spriv": ("actor", "kind"), "duid": ("subject", "id"), "dvchost": SLUG,
    "requestClientApplication": ("context", "user_agent"), "requestContext": ("context", "request_id"), "request": ("context", "route"),
    "sourceServiceName": ("source",), "cs4": ("subject", "label"),
}  # fmt: skip
CEF_FIXED = {
    "rt": "1795255200123", "cs1Label": "tenant", "cs1": TENANT, "cs2Label": "leaf", "cs2": LEAF, "cs3Label": "chain", "cs3": CHAIN,
    "cs4Label": "subject", "cs5Label": "details", "cs6Label": "changes", "cn1Label": "seq", "cn1": "42", "cn2Label": "epoch", "cn2": "2",
}  # fmt: skip
SYSLOG_NAMES: dict[str, Path] = {
    "id": ("id",), "action": ("action",), "category": ("category",), "outcome": ("outcome",), "actor": ("actor", "id"),
    "actorLabel": ("actor", "label"), "subject": ("subject", "id"), "subjectLabel": ("subject", "label"), "address": ("context", "address"),
}  # fmt: skip
CSV_COLUMNS: dict[str, Path] = {
    "tenant_slug": SLUG, "actor_kind": ("actor", "kind"), "actor_id": ("actor", "id"), "actor_label": ("actor", "label"),
    "auth_method": ("actor", "auth_method"), "on_behalf_of": ("actor", "on_behalf_of"), "session": ("actor", "session"),
    "subject_kind": ("subject", "kind"), "subject_id": ("subject", "id"), "subject_label": ("subject", "label"),
    "address": ("context", "address"), "user_agent": ("context", "user_agent"), "request_id": ("context", "request_id"),
    "route": ("context", "route"), "app_version": ("context", "app_version"), "task_id": ("context", "task_id"), "trace_id": ("context", "trace_id"),
    **{name: (name,) for name in ("id", "occurred_at", "received_at", "source", "action", "category", "outcome", "reason")},
}  # fmt: skip
HOSTILE = (
    "a|b\\c=d\ne\rf", "]\" \\ [x@1 y=\"z\"]", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", "\ufeffx",
    "\x00\x1b[31m", "\u2028{}\u2029", "\x85next", "CEF:0|x|y|z|1|n|10|", "<14>1 - - - - - -", '","', '"\r\n"', "{\"a\":1}\n{\"b\":2}", "\u202eoverride",
    "src=10.0.0.1 act=none", "back\\", "100 <13>1", "\u00a0=1", "\u200b+1", "\ufeff@x", "\x0b-1", "\u3000\uff0b1", "' =1", "2001:db8::1",
)  # fmt: skip


def with_value(path: Path, value: str) -> dict[str, Any]:
    document = deepcopy(PLAIN)
    holder: Any = document
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return document


def with_text(path: Path, value: str) -> Line:
    """The plain entry with a text in one field, which may be the tenant's name."""
    return line_of(deepcopy(PLAIN), slug=value) if path == SLUG else line_of(with_value(path, value))


def said(line: Line, path: Path) -> str:
    """What an entry says in a field."""
    found: Any = line.tenant_slug if path == SLUG else line.document
    for name in () if path == SLUG else path:
        found = found[name]
    return str(found)


def visible(text: str) -> str:
    """A text as the line-bound formats show it: steering signs as a backslash, u and four digits."""
    return re.sub(
        "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]", lambda sign: f"\\u{ord(sign.group()):04x}", text
    )


def test_every_format_carries_the_proof_of_the_copy() -> None:
    for name, writer in formats.FORMATS.items():
        record = writer.one(line_of(PLAIN)).decode()

        assert all(text in record for text in (LEAF, CHAIN, TENANT, PLAIN["id"], "42")), name
        assert record.endswith("\n"), name


def test_jsonl_is_the_entry_beside_its_place() -> None:
    assert orjson.loads(formats.FORMATS["jsonl"].one(line_of(PLAIN))) == {
        "tenant": TENANT, "tenant_slug": "acme", "epoch": 2, "seq": 42, "leaf": LEAF, "chain": CHAIN, "entry": PLAIN,
    }  # fmt: skip


def test_cef_reads_back_as_written() -> None:
    head, extension = one_cef(formats.FORMATS["cef"].one(line_of(PLAIN)))

    assert head == ["CEF:0", "Freehold", "Freehold", "1", "identity.person.changed", "identity.person.changed success", "5"]
    assert extension["rt"] == "1795255200123"
    assert (extension["suid"], extension["suser"], extension["src"]) == ("usr_1", "ada@acme.example", "192.0.2.7")
    assert (extension["cn1Label"], extension["cn1"], extension["cs2Label"], extension["cs2"]) == ("seq", "42", "leaf", LEAF)
    assert json.loads(extension["cs5"]) == PLAIN["details"]


def test_cef_puts_addresses_of_version_6_where_they_may_stand() -> None:
    _, extension = one_cef(formats.FORMATS["cef"].one(line_of(with_value(("context", "address"), "2001:db8::1"))))

    assert (extension.get("src"), extension["c6a2"]) == (None, "2001:db8::1")


def test_syslog_reads_back_as_written() -> None:
    record = formats.FORMATS["syslog"].one(line_of(PLAIN))
    found, message = one_syslog(record)

    assert record.startswith(b"<108>1 2026-11-21T10:00:00.123456Z acme freehold - identity.person.changed [")
    assert (found["seq"], found["leaf"], found["actorLabel"]) == ("42", LEAF, "ada@acme.example")
    assert json.loads(message) == PLAIN


@pytest.mark.parametrize(("severity", "priority"), [(1, 110), (2, 109), (3, 108), (4, 107), (5, 106)])
def test_severities_of_syslog(severity: int, priority: int) -> None:
    record = formats.FORMATS["syslog"].one(line_of(deepcopy(PLAIN) | {"severity": severity}))

    assert record.startswith(f"<{priority}>1 ".encode())


def test_csv_has_a_heading_and_one_cell_for_each() -> None:
    found = one_csv(formats.FORMATS["csv"].one(line_of(PLAIN)))

    assert (found["seq"], found["actor_label"], json.loads(found["details"])) == ("42", "ada@acme.example", PLAIN["details"])


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", "\uff20x"])
def test_csv_cells_are_no_formulas(value: str) -> None:
    found = one_csv(formats.FORMATS["csv"].one(line_of(with_value(("subject", "label"), value))))

    assert found["subject_label"] == f"'{value}"


def is_address(text: str) -> bool:
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet may take a cell for a formula: by its first sign, or by the first after signs that take no room."""
    bare = cell.lstrip("".join(sign for sign in cell if unicodedata.category(sign)[0] in "ZCM"))
    return cell.startswith(("\t", "\r", "\n")) or bare.startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20"))


def test_the_plain_entry_has_the_shape_in_which_entries_are_opened(owner: Actor) -> None:
    shown = queries.opened(queries.entry(happen(actor=owner)))

    assert shown.keys() == PLAIN.keys()
    assert {name: shown[name].keys() for name in ("actor", "subject", "context")} == {
        name: PLAIN[name].keys() for name in ("actor", "subject", "context")
    }


@pytest.mark.parametrize("path", FIELDS, ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("value", HOSTILE)
def test_no_hostile_value_breaks_a_record(path: Path, value: str) -> None:
    _require_framing(with_text(path, value))


@given(
    path=st.sampled_from(FIELDS),
    value=st.text(
        st.characters(exclude_categories=["Cs"]) | st.sampled_from('|\\="]\n\r,;[{}=+-@ \t\x00\u2028\ufeff'), max_size=60
    ),
)
def test_no_value_breaks_a_record(path: Path, value: str) -> None:
    _require_framing(with_text(path, value))


@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53) + 1, 2**53 - 1)
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z_.]{1,10}", fullmatch=True), inner, max_size=3)
        ),
    )
)
def test_no_details_break_a_record(value: Any) -> None:
    document = deepcopy(PLAIN) | {"details": {"any": value}, "changes": {"any": [value, "x"]}}

    _require_framing(line_of(document))


def _require_framing(line: Line) -> None:
    _require_json(line)
    _require_cef(line)
    _require_syslog(line)
    _require_csv(line)


def _require_json(line: Line) -> None:
    records = {}
    for name in ("jsonl", "ocsf", "ecs"):
        record = formats.FORMATS[name].one(line)
        assert record.count(b"\n") == 1
        assert record.endswith(b"}\n")
        records[name] = orjson.loads(record)
    assert (records["jsonl"]["entry"], records["jsonl"]["tenant_slug"]) == (line.document, line.tenant_slug)
    assert (records["ocsf"]["unmapped"]["leaf"], records["ocsf"]["metadata"]["sequence"]) == (LEAF, 42)
    assert (records["ecs"]["freehold"]["leaf"], records["ecs"]["event"]["sequence"]) == (LEAF, 42)


def _require_cef(line: Line) -> None:
    """Every key once, no key more, and each value as it was, steering signs made visible."""
    head, extension = one_cef(formats.FORMATS["cef"].one(line))
    action, outcome = visible(line.document["action"]), visible(line.document["outcome"])
    assert head == ["CEF:0", "Freehold", "Freehold", "1", action, f"{action} {outcome}", "5"]
    packed = {"cs5": orjson.dumps(line.document["details"]).decode(), "cs6": orjson.dumps(line.document["changes"]).decode()}
    address = line.document["context"]["address"]
    where = {} if not is_address(address) else {"src": address} if ":" not in address else {"c6a2": address, "c6a2Label": "source"}
    wanted = {key: said(line, path) for key, path in CEF_KEYS.items()} | packed
    expected = CEF_FIXED | where | {key: _lines_shown(text) for key, text in wanted.items() if text}
    if not wanted["cs4"]:
        expected.pop("cs4Label")
    assert extension == expected


def _lines_shown(text: str) -> str:
    return "\n".join(visible(part) for part in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def _require_syslog(line: Line) -> None:
    record = formats.FORMATS["syslog"].one(line)
    found, message = one_syslog(record)
    host, action = (re.sub("[^!-~]", "_", text) or "-" for text in (line.tenant_slug, line.document["action"]))
    assert record.decode().startswith(f"<108>1 2026-11-21T10:00:00.123456Z {host} freehold - {action[:32]} [")
    assert found == {"tenant": TENANT, "epoch": "2", "seq": "42", "leaf": LEAF, "chain": CHAIN} | {
        name: visible(said(line, path)) for name, path in SYSLOG_NAMES.items()
    }
    assert json.loads(message) == line.document


def _require_csv(line: Line) -> None:
    """No cell of any column is a formula, and each holds what it should behind the apostrophe that it may have got."""
    cells = one_csv(formats.FORMATS["csv"].one(line))
    assert {name: cell for name, cell in cells.items() if is_formula(cell)} == {}
    wanted = {name: said(line, path).replace("\0", "\ufffd") for name, path in CSV_COLUMNS.items()}
    assert {name: cells[name] for name in wanted} == {
        name: f"'{text}" if is_formula(text) else text for name, text in wanted.items()
    }
    assert (cells["leaf"], cells["chain"], cells["tenant"], cells["seq"], cells["epoch"]) == (LEAF, CHAIN, TENANT, "42", "2")
    assert (json.loads(cells["details"]), json.loads(cells["changes"])) == (line.document["details"], line.document["changes"])
    assert cells.keys() == {*CSV_COLUMNS, "tenant", "epoch", "seq", "leaf", "chain", "severity", "details", "changes"}


def test_versions_that_nobody_knows_are_refused() -> None:
    with pytest.raises(KeyError):
        formats.writer("ocsf", version="2.0.0")
    with pytest.raises(KeyError):
        formats.writer("jsonl", version="1")


@pytest.mark.parametrize(
    ("action", "verb"),
    [
        ("a.b.created", "create"),
        ("a.b.read", "read"),
        ("a.b.changed", "update"),
        ("a.b.purged", "delete"),
        ("a.b.started", "other"),
    ],
)
def test_verbs_are_read_from_names(action: str, verb: str) -> None:
    assert verbs.of(action) == verb


def test_gaps_and_test_records_are_written_by_every_format() -> None:
    gap = formats.gap(first=10, last=14, at="2026-11-21T10:00:00.000000Z")
    trial = formats.trial(at="2026-11-21T10:00:00.000000Z", by="ada")
    note = formats.checkpoint(at="2026-11-21T10:00:00.000000Z")

    assert gap.keys() == trial.keys() == note.keys() == PLAIN.keys()
    for writer in formats.FORMATS.values():
        assert b"audit.entries.gap" in writer.one(line_of(gap))
        assert b"audit.stream.test" in writer.one(line_of(trial))
    assert gap["details"] == {"first_seq": 10, "last_seq": 14, "number": 5}
