"""Open Cybersecurity Schema Framework, the version pinned per target.

1.3.0 has Account Change (3001) and User Access (3005); 1.9.0 deprecates both, so there User Management (3007) takes their place, and Role
Management (3008) that of Group Management for roles. A target keeps the classes that it was set up with until somebody changes its version.
"""

import ipaddress
from datetime import datetime
from typing import Any

import orjson

from audit.formats.lines import Line
from audit.formats.ocsf_classes import Class, Kind, of

DEFAULT = "1.3.0"
VERSIONS = (DEFAULT, "1.9.0")
SEVERITIES = ("Unknown", "Informational", "Low", "Medium", "High", "Critical")
STATUSES = {"success": (1, "Success"), "failure": (2, "Failure"), "denied": (2, "Failure")}
USER_TYPES = {"person": 1, "system": 3, "key": 99}
PRODUCT = {"name": "Freehold", "vendor_name": "Freehold", "version": "1"}


class Ocsf:
    """One JSON object per line, UTF-8, ended by LF."""

    media_type = "application/x-ndjson"
    extension = "ocsf.jsonl"

    def __init__(self, version: str) -> None:
        self.version = version

    def header(self) -> bytes:
        """Nothing."""
        return b""

    def one(self, line: Line) -> bytes:
        """One line."""
        return orjson.dumps(_record(line, version=self.version), option=orjson.OPT_APPEND_NEWLINE)


def _record(line: Line, *, version: str) -> dict[str, Any]:
    document = line.document
    found, activity = of(document, version=version)
    status_id, status = STATUSES.get(document["outcome"], (0, "Unknown"))
    return {
        "class_uid": found.uid,
        "class_name": found.name,
        "category_uid": found.uid // 1000,
        "activity_id": activity,
        "activity_name": document["action"],
        "type_uid": found.uid * 100 + activity,
        "time": _milliseconds(document["occurred_at"]),
        "severity_id": document["severity"],
        "severity": SEVERITIES[document["severity"]],
        "message": f"{document['action']} {document['outcome']}",
        "metadata": _metadata(line, version=version),
        **_status(found, status_id=status_id, status=status, document=document),
        **_own(found, line=line),
        "unmapped": _rest(line),
    }


def _metadata(line: Line, *, version: str) -> dict[str, Any]:
    return {
        "version": version,
        "product": PRODUCT,
        "uid": line.document["id"],
        "sequence": line.seq,
        "logged_time": _milliseconds(line.document["received_at"]),
        "tenant_uid": line.tenant_id,
        "log_name": "audit",
    }


def _status(found: Class, *, status_id: int, status: str, document: dict[str, Any]) -> dict[str, Any]:
    """A finding's status is its own life (new, in progress, resolved); everything else succeeded or failed."""
    if found.kind is Kind.FINDING:
        return {}
    return {"status_id": status_id, "status": status, "status_code": document["outcome"], "status_detail": document["reason"]}


def _own(found: Class, *, line: Line) -> dict[str, Any]:
    """What the class asks for beyond the base event."""
    document = line.document
    if found.kind is Kind.FINDING:
        return {"finding_info": _finding(document)}
    subject = {"uid": document["subject"]["id"] or "-", "name": document["subject"]["label"] or document["subject"]["id"] or "-"}
    common = {
        "actor": {"user": _actor(document), "session": {"uid": document["actor"]["session"]}},
        "src_endpoint": _endpoint(document),
    }
    if found.kind in {Kind.API, Kind.DATASTORE}:
        return common | _application(found, document=document, subject=subject)
    return common | _identity(found, document=document, subject=subject)


def _identity(found: Class, *, document: dict[str, Any], subject: dict[str, Any]) -> dict[str, Any]:
    """Whom or what an act of identity management was about; the privileges only where roles were given or taken."""
    own: dict[Kind, dict[str, Any]] = {
        Kind.AUTHENTICATION: {"user": _actor(document), "service": {"name": "freehold"}},
        Kind.ACCOUNT: {"user": _account(document, subject=subject)},
        Kind.ACCESS: {"user": _account(document, subject=subject), "privileges": _roles(document)},
        Kind.GROUP: {"group": subject, "privileges": _privileges(document)},
        Kind.ROLE: {"iam_role": subject},
        Kind.ENTITY: {"entity": subject | {"type": document["subject"]["kind"] or "thing"}},
    }
    return own[found.kind]


def _application(found: Class, *, document: dict[str, Any], subject: dict[str, Any]) -> dict[str, Any]:
    request = {"uid": document["context"]["request_id"], "user_agent": document["context"]["user_agent"]}
    if found.kind is Kind.DATASTORE:
        return {
            "database": {"name": subject["name"], "uid": subject["uid"], "type_id": 99, "type": "Tenant"},
            "http_request": request,
        }
    api = {"operation": document["action"], "request": {"uid": document["context"]["request_id"]}, "service": {"name": "freehold"}}
    resource = subject | {"type": document["subject"]["kind"]}
    return {"api": api, "http_request": request, "resources": [resource]}


def _actor(document: dict[str, Any]) -> dict[str, Any]:
    actor = document["actor"]
    type_id = USER_TYPES.get(actor["kind"], 0)
    return {"uid": actor["id"] or "-", "name": actor["label"], "type_id": type_id, "type": actor["kind"]}


def _account(document: dict[str, Any], *, subject: dict[str, Any]) -> dict[str, Any]:
    return subject | {"type_id": USER_TYPES.get(document["subject"]["kind"], 0), "type": document["subject"]["kind"]}


def _roles(document: dict[str, Any]) -> list[str]:
    named = [document["details"].get(name) for name in ("roles_added", "roles_removed", "roles")]
    return [str(role) for roles in named if isinstance(roles, list) for role in roles]


def _privileges(document: dict[str, Any]) -> list[str]:
    """The permissions of a role after the act; the class wants this list or a person."""
    named = document["details"].get("permissions")
    return [str(permission) for permission in named] if isinstance(named, list) else []


def _endpoint(document: dict[str, Any]) -> dict[str, str]:
    """Where the act came from; the product itself where no address is known."""
    try:
        return {"ip": str(ipaddress.ip_address(document["context"]["address"]))}
    except ValueError:
        return {"name": "freehold"}


def _finding(document: dict[str, Any]) -> dict[str, Any]:
    title = document["subject"]["label"] or document["details"].get("title") or document["action"]
    return {
        "uid": document["subject"]["id"] or document["id"] or "-",
        "title": str(title),
        "created_time": _milliseconds(document["occurred_at"]),
    }


def _rest(line: Line) -> dict[str, Any]:
    """Everything that the schema has no place for, the proof of the copy among it."""
    document = line.document
    return {
        "epoch": line.epoch, "seq": line.seq, "leaf": line.leaf, "chain": line.chain, "tenant_slug": line.tenant_slug,
        "action": document["action"], "category": document["category"], "source": document["source"], "outcome": document["outcome"],
        "details": document["details"], "changes": document["changes"], "subject": document["subject"], "auth_method": document["actor"]["auth_method"],
        "on_behalf_of": document["actor"]["on_behalf_of"], "route": document["context"]["route"], "is_forgotten": document["is_forgotten"],
    }  # fmt: skip


def _milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1000)
