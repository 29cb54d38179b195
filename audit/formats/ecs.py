"""Elastic Common Schema, pinned to one version: fields of the schema where it has them, everything else below `freehold`."""

import ipaddress
from typing import Any

import orjson

from audit.formats import verbs
from audit.formats.lines import Line

VERSION = "8.17.0"
CATEGORIES = {
    "authentication": "authentication", "access": "iam", "people": "iam", "data": "database", "configuration": "configuration",
    "tenancy": "configuration", "security": "configuration", "operations": "process", "product": "web",
}  # fmt: skip
TYPES = {
    "authentication": {"create": "start", "delete": "end"},
    "iam": {"create": "creation", "update": "change", "delete": "deletion"},
    "database": {"read": "access", "create": "change", "update": "change", "delete": "change"},
    "configuration": {"create": "creation", "read": "access", "update": "change", "delete": "deletion"},
    "process": {"create": "start", "read": "access", "update": "change"},
    "web": {"read": "access"},
}
"""Only pairs that the schema expects; all else is `info`."""
OUTCOMES = {"success": "success", "failure": "failure", "denied": "failure"}
SESSION_VERBS = {"started": "start", "ended": "end"}


class Ecs:
    """One JSON object per line, UTF-8, ended by LF."""

    media_type = "application/x-ndjson"
    extension = "ecs.jsonl"

    def header(self) -> bytes:
        """Nothing."""
        return b""

    def one(self, line: Line) -> bytes:
        """One line."""
        return orjson.dumps(_record(line), option=orjson.OPT_APPEND_NEWLINE)


def _record(line: Line) -> dict[str, Any]:
    document = line.document
    actor, context = document["actor"], document["context"]
    who = {"id": actor["id"], "name": actor["label"]} | ({"target": _target(document["subject"])} if _is_person(document) else {})
    found: dict[str, Any] = {
        "@timestamp": document["occurred_at"],
        "ecs": {"version": VERSION},
        "message": f"{document['action']} {document['outcome']}",
        "event": _event(line),
        "organization": {"id": line.tenant_id, "name": line.tenant_slug},
        "service": {"name": "freehold", "version": context["app_version"]},
        "user": who,
        "source": _source(context["address"]),
        "user_agent": {"original": context["user_agent"]},
        "http": {"request": {"id": context["request_id"]}},
        "trace": {"id": context["trace_id"]},
        "related": {"user": [text for text in dict.fromkeys((actor["id"], actor["label"])) if text]},
        "freehold": _rest(line),
    }
    cleaned: dict[str, Any] = _without_empty(found) | {"freehold": found["freehold"]}
    return cleaned


def _event(line: Line) -> dict[str, Any]:
    document = line.document
    category = CATEGORIES.get(document["category"], "web")
    return {
        "kind": "alert" if document["action"].startswith("audit.alert.") else "event",
        "id": document["id"],
        "action": document["action"],
        "category": [category],
        "type": [_type(document["action"], category=category)],
        "outcome": OUTCOMES.get(document["outcome"], "unknown"),
        "reason": document["reason"],
        "severity": document["severity"],
        "sequence": line.seq,
        "hash": line.leaf,
        "ingested": document["received_at"],
        "module": "freehold",
        "dataset": "freehold.audit",
        "provider": document["source"],
    }


def _type(action: str, *, category: str) -> str:
    if category == "authentication":
        return SESSION_VERBS.get(action.rpartition(".")[2], "info")
    return TYPES.get(category, {}).get(verbs.of(action), "info")


def _rest(line: Line) -> dict[str, Any]:
    """What the schema has no field for. `details` and `changes` are JSON as text: their keys would become fields of the index without end."""
    document = line.document
    return {
        "epoch": line.epoch, "seq": line.seq, "leaf": line.leaf, "chain": line.chain, "outcome": document["outcome"],
        "category": document["category"], "subject": document["subject"], "actor": document["actor"], "route": document["context"]["route"],
        "details": orjson.dumps(document["details"]).decode(), "changes": orjson.dumps(document["changes"]).decode(),
        "is_forgotten": document["is_forgotten"],
    }  # fmt: skip


def _is_person(document: dict[str, Any]) -> bool:
    return bool(document["subject"]["kind"] == "person" and document["subject"]["id"])


def _target(subject: dict[str, Any]) -> dict[str, Any]:
    return {"id": subject["id"], "name": subject["label"]}


def _source(address: str) -> dict[str, str]:
    """`source.ip` takes addresses alone; an index refuses the whole record for anything else."""
    try:
        return {"ip": str(ipaddress.ip_address(address))}
    except ValueError:
        return {}


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: _without_empty(inner) for name, inner in value.items()}
        return {name: inner for name, inner in kept.items() if inner not in ({}, "", [])}
    return value
