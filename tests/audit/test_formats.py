"""The formats: each record carries its proof, keeps its framing whatever an entry holds, and reads back as what was written."""

import csv
import io
import json
import re
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import formats
from audit.formats import Line, ecs, ocsf, verbs

LEAF, CHAIN = "ab" * 32, "cd" * 32
TENANT = "018f2d4e-0000-7000-8000-000000000001"
PLAIN: dict[str, Any] = {
    "id": "ent_0123456789abcdefghjkmnpqrs", "v": 2, "av": 1, "source": "freehold", "action": "identity.person.changed", "category": "people",
    "severity": 3, "outcome": "success", "reason": "asked for", "occurred_at": "2026-11-21T10:00:00.123456Z",
    "received_at": "2026-11-21T10:00:00.223456Z",
    "actor": {"kind": "person", "id": "usr_1", "label": "ada@acme.example", "auth_method": "password", "on_behalf_of": "", "session": "ses_1"},
    "subject": {"id": "usr_2", "kind": "person", "label": "bob@acme.example"},
    "details": {"old_name": "Bob", "new_name": "Rob", "roles_added": [], "roles_removed": []}, "changes": {"name": ["Bob", "Rob"]},
    "context": {"request_id": "req-1", "address": "192.0.2.7", "user_agent": "curl/8", "route": "/v1/people/{id}", "app_version": "", "task_id": "",
                "trace_id": ""},
    "is_forgotten": False,
}  # fmt: skip
FIELDS = [
    ("reason",), ("actor", "id"), ("actor", "label"), ("actor", "auth_method"), ("actor", "session"), ("subject", "id"), ("subject", "kind"),
    ("subject", "label"), ("details", "new_name"), ("context", "request_id"), ("context", "address"), ("context", "user_agent"),
    ("context", "route"), ("action",), ("category",), ("outcome",), ("source",),
]  # fmt: skip
HOSTILE = (
    "a|b\\c=d\ne\rf", "]\" \\ [x@1 y=\"z\"]", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", "\ufeffx",
    "\x00\x1b[31m", "\u2028{}\u2029", "\x85next", "CEF:0|x|y|z|1|n|10|", "<14>1 - - - - - -", '","', '"\r\n"', "{\"a\":1}\n{\"b\":2}", "\u202eoverride",
    "src=10.0.0.1 act=none", "back\\", "100 <13>1",
)  # fmt: skip


def line_of(document: dict[str, Any], *, seq: int = 42) -> Line:
    return Line(tenant_id=TENANT, tenant_slug="acme", epoch=2, seq=seq, leaf=LEAF, chain=CHAIN, document=document)


def with_value(path: tuple[str, ...], value: str) -> dict[str, Any]:
    document = deepcopy(PLAIN)
    holder = document
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return document


def one_cef(record: bytes) -> tuple[list[str], dict[str, str]]:
    """A strict reading of one CEF record: seven header fields and an extension; fails on anything that is not escaped as it must be."""
    text = record.decode()
    assert text.endswith("\n")
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]", text)
    assert text.count("\n") == 1
    parts: list[str] = []
    rest = text[:-1]
    while len(parts) < 7:
        found = re.match(r"((?:[^\\|]|\\[\\|])*)\|", rest)
        assert found, f"no header field at {rest[:40]!r}"
        parts.append(re.sub(r"\\([\\|])", r"\1", found.group(1)))
        rest = rest[found.end() :]
    extension: dict[str, str] = {}
    starts = list(re.finditer(r"(?:^| )([A-Za-z0-9]+)=", rest))
    for index, start in enumerate(starts):
        value = rest[start.end() : starts[index + 1].start() if index + 1 < len(starts) else len(rest)]
        assert re.fullmatch(r"(?:[^\\=]|\\[\\=nr])*", value), value
        assert start.group(1) not in extension
        extension[start.group(1)] = re.sub(r"\\([\\=n])", lambda sign: "\n" if sign.group(1) == "n" else sign.group(1), value)
    return parts, extension


def one_syslog(record: bytes) -> tuple[dict[str, str], bytes]:
    """A strict reading of one RFC 5424 message: its structured data, and its message."""
    assert record.endswith(b"\n")
    assert record.count(b"\n") == 1
    head = re.match(
        rb"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) \[freehold@32473",
        record,
    )
    assert head
    assert 0 <= int(head.group(1)) <= 191
    rest, found = record[head.end() :], {}
    while parameter := re.match(rb' ([!#-<>-\\^-~]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"', rest):
        found[parameter.group(1).decode()] = re.sub(r'\\(["\\\]])', r"\1", parameter.group(2).decode())
        rest = rest[parameter.end() :]
    assert rest.startswith(b"] ")
    return found, rest[2:-1]


def one_csv(record: bytes) -> dict[str, str]:
    rows = list(csv.reader(io.StringIO(formats.FORMATS["csv"].header().decode() + record.decode(), newline="")))
    assert len(rows) == 2
    assert len(rows[0]) == len(rows[1])
    assert record.endswith(b'"\r\n')
    return dict(zip(*rows, strict=True))


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


@pytest.mark.parametrize("path", FIELDS, ids=".".join)
@pytest.mark.parametrize("value", HOSTILE)
def test_no_hostile_value_breaks_a_record(path: tuple[str, ...], value: str) -> None:
    _require_framing(with_value(path, value), path=path, value=value)


@given(
    path=st.sampled_from(FIELDS),
    value=st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('|\\="]\n\r,;[{}\x00\u2028\ufeff'), max_size=60),
)
def test_no_value_breaks_a_record(path: tuple[str, ...], value: str) -> None:
    _require_framing(with_value(path, value), path=path, value=value)


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

    _require_framing(document, path=("id",), value=document["id"])
    assert orjson.loads(formats.FORMATS["jsonl"].one(line_of(document)))["entry"]["details"] == {"any": value}


def _require_framing(document: dict[str, Any], *, path: tuple[str, ...], value: str) -> None:
    line = line_of(document)
    for name in ("jsonl", "ocsf", "ecs"):
        record = formats.FORMATS[name].one(line)
        assert record.count(b"\n") == 1
        assert record.endswith(b"}\n")
        orjson.loads(record)
    head, extension = one_cef(formats.FORMATS["cef"].one(line))
    assert head[:4] == ["CEF:0", "Freehold", "Freehold", "1"]
    assert head[4] == visible(document["action"])
    assert (extension["cs2"], extension["cn1"]) == (LEAF, "42")
    if path == ("actor", "label") and value:
        broken = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert extension["suser"] == "\n".join(visible(part) for part in broken)
    found, message = one_syslog(formats.FORMATS["syslog"].one(line))
    assert (found["leaf"], found["actorLabel"]) == (LEAF, visible(document["actor"]["label"]))
    assert json.loads(message) == document
    cells = one_csv(formats.FORMATS["csv"].one(line))
    assert (cells["leaf"], cells["seq"]) == (LEAF, "42")
    assert cells["actor_label"].removeprefix("'") == document["actor"]["label"].replace("\0", "\ufffd").removeprefix("'")


OCSF_REQUIRED = {
    2004: ("finding_info",), 3001: ("user",), 3002: ("user",), 3004: ("entity",), 3005: ("user", "privileges"), 3006: ("group",),
    3007: ("user",), 3008: ("iam_role",), 6003: ("actor", "api", "src_endpoint"), 6005: ("actor", "src_endpoint"),
}  # fmt: skip
OCSF_ONE_OF = {3002: ("service", "dst_endpoint"), 3006: ("privileges", "user"), 6005: ("database", "databucket", "table")}
OCSF_ACTIVITIES = {
    "1.3.0": {2004: range(1, 4), 3001: range(1, 12), 3002: range(1, 7), 3004: range(1, 5), 3005: range(1, 3), 3006: range(1, 7),
              6003: range(1, 5), 6005: range(1, 11)},
    "1.9.0": {2004: range(1, 4), 3002: range(1, 8), 3004: range(1, 14), 3007: range(1, 20), 3008: range(1, 12), 6003: range(1, 5),
              6005: range(1, 11)},
}  # fmt: skip
"""From the public schema: what each class requires, and which activities it knows in each version."""
ACTS = [
    ("identity.session.started", "authentication", {"1.3.0": (3002, 1), "1.9.0": (3002, 1)}),
    ("identity.session.refused", "authentication", {"1.3.0": (3002, 1), "1.9.0": (3002, 1)}),
    ("identity.session.ended", "authentication", {"1.3.0": (3002, 2), "1.9.0": (3002, 2)}),
    ("identity.person.added", "people", {"1.3.0": (3001, 1), "1.9.0": (3007, 1)}),
    ("identity.person.suspended", "people", {"1.3.0": (3001, 5), "1.9.0": (3007, 5)}),
    ("identity.person.resumed", "people", {"1.3.0": (3001, 2), "1.9.0": (3007, 4)}),
    ("identity.person.deactivated", "people", {"1.3.0": (3001, 6), "1.9.0": (3007, 3)}),
    ("identity.password.changed", "authentication", {"1.3.0": (3001, 3), "1.9.0": (3007, 8)}),
    ("identity.role.created", "access", {"1.3.0": (3006, 6), "1.9.0": (3008, 1)}),
    ("identity.role.deleted", "access", {"1.3.0": (3006, 5), "1.9.0": (3008, 3)}),
    ("identity.api_key.created", "access", {"1.3.0": (3004, 1), "1.9.0": (3004, 1)}),
    ("identity.api_key.revoked", "access", {"1.3.0": (3004, 4), "1.9.0": (3004, 4)}),
    ("audit.alert.raised", "security", {"1.3.0": (2004, 1), "1.9.0": (2004, 1)}),
    ("audit.alert.closed", "security", {"1.3.0": (2004, 3), "1.9.0": (2004, 3)}),
    ("audit.entries.exported", "data", {"1.3.0": (6005, 1), "1.9.0": (6005, 1)}),
    ("tenants.tenant.suspended", "tenancy", {"1.3.0": (3004, 3), "1.9.0": (3004, 3)}),
    ("operations.operation.started", "operations", {"1.3.0": (6003, 99), "1.9.0": (6003, 99)}),
    ("audit.request.refused", "security", {"1.3.0": (6003, 99), "1.9.0": (6003, 99)}),
]  # fmt: skip


@pytest.mark.parametrize("version", ocsf.VERSIONS)
@pytest.mark.parametrize(("action", "category", "expected"), ACTS, ids=[act[0] for act in ACTS])
def test_ocsf_classes_and_required_fields(action: str, category: str, expected: dict[str, tuple[int, int]], version: str) -> None:
    writer = formats.writer("ocsf", version=version)

    record = orjson.loads(writer.one(line_of(deepcopy(PLAIN) | {"action": action, "category": category})))

    class_uid, activity_id = expected[version]
    assert (record["class_uid"], record["activity_id"]) == (class_uid, activity_id)
    assert record["category_uid"] == class_uid // 1000
    assert record["type_uid"] == class_uid * 100 + activity_id
    assert activity_id == 99 or activity_id in OCSF_ACTIVITIES[version][class_uid]
    assert all(name in record for name in ("metadata", "severity_id", "time", *OCSF_REQUIRED[class_uid]))
    assert not OCSF_ONE_OF.get(class_uid) or any(name in record for name in OCSF_ONE_OF[class_uid])
    assert (record["metadata"]["version"], record["metadata"]["product"]["vendor_name"]) == (version, "Freehold")
    assert (record["time"], record["unmapped"]["leaf"]) == (1795255200123, LEAF)


def test_ocsf_tells_roles_that_were_given_from_other_changes() -> None:
    document = deepcopy(PLAIN) | {"details": {"roles_added": ["owner"], "roles_removed": []}}

    old, new = (orjson.loads(formats.writer("ocsf", version=version).one(line_of(document))) for version in ocsf.VERSIONS)

    assert (old["class_uid"], old["activity_id"], old["privileges"]) == (3005, 1, ["owner"])
    assert (new["class_uid"], new["activity_id"], new["privileges"]) == (3007, 16, ["owner"])


def test_ecs_uses_the_values_that_the_schema_allows() -> None:
    allowed = {
        "authentication": {"start", "end", "info"}, "iam": {"admin", "change", "creation", "deletion", "group", "info", "user"},
        "database": {"access", "change", "info", "error"}, "configuration": {"access", "change", "creation", "deletion", "info"},
        "process": {"access", "change", "end", "info", "start"}, "web": {"access", "error", "info"},
    }  # fmt: skip
    for action, category, _expected in ACTS:
        for outcome in ("success", "failure", "denied"):
            document = deepcopy(PLAIN) | {"action": action, "category": category, "outcome": outcome}
            record = orjson.loads(formats.FORMATS["ecs"].one(line_of(document)))

            (named,), (kind,) = record["event"]["category"], record["event"]["type"]
            assert kind in allowed[named]
            assert record["event"]["outcome"] in {"success", "failure"}
            assert (record["ecs"]["version"], record["event"]["sequence"], record["freehold"]["leaf"]) == (ecs.VERSION, 42, LEAF)


def test_ecs_leaves_out_addresses_that_are_none() -> None:
    record = orjson.loads(formats.FORMATS["ecs"].one(line_of(with_value(("context", "address"), "not an address"))))

    assert "source" not in record


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

    for writer in formats.FORMATS.values():
        assert b"audit.entries.gap" in writer.one(line_of(gap))
        assert b"audit.stream.test" in writer.one(line_of(trial))
    assert gap["details"] == {"first_seq": 10, "last_seq": 14, "number": 5}
