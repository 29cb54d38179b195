"""An entry as the formats get it, and strict readings of what they make of it."""

import csv
import io
import re
from typing import Any

from audit import formats
from audit.formats import Line

LEAF, CHAIN = "ab" * 32, "cd" * 32
TENANT = "018f2d4e-0000-7000-8000-000000000001"
PLAIN: dict[str, Any] = {
    "id": "ent_0123456789abcdefghjkmnpqrs", "v": 2, "av": 1, "source": "freehold", "action": "identity.person.changed", "crud": "update",
    "category": "people", "severity": 3, "outcome": "success", "reason": "asked for", "occurred_at": "2026-11-21T10:00:00.123456Z",
    "received_at": "2026-11-21T10:00:00.223456Z",
    "actor": {"kind": "person", "id": "usr_1", "label": "ada@acme.example", "auth_method": "password", "on_behalf_of": "", "session": "ses_1"},
    "subject": {"id": "usr_2", "kind": "person", "label": "bob@acme.example"},
    "details": {"old_name": "Bob", "new_name": "Rob", "roles_added": [], "roles_removed": []}, "changes": {"name": ["Bob", "Rob"]},
    "context": {"request_id": "req-1", "address": "192.0.2.7", "user_agent": "curl/8", "route": "/v1/people/{id}", "app_version": "", "task_id": "",
                "trace_id": ""},
    "is_forgotten": False,
}  # fmt: skip


def line_of(document: dict[str, Any], *, seq: int = 42, slug: str = "acme") -> Line:
    return Line(tenant_id=TENANT, tenant_slug=slug, epoch=2, seq=seq, leaf=LEAF, chain=CHAIN, document=document)


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
