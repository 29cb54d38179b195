"""What is personal in an entry: sealed under the person's own key when it is written, opened for those who may read the trail.

The canonical text holds `personal: {ref: base64url(nonce ‖ ciphertext)}`, AES-256-GCM with `<entry id>|<ref>` as associated data: what is copied
to another entry or to another person does not open. The ciphertext is JSON of the parts `actor`, `subject`, `details`, `changes` and `reason`
that are about this person. When the key is destroyed the text, its hash and the log stay as they are, and nobody can read the parts (ADR 25).
"""

import base64
import os
from collections.abc import Iterable, Mapping
from typing import Any, Protocol
from uuid import UUID

import orjson
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import person_keys
from audit.formats import verbs
from audit.person_keys import Keys
from kernel.events import CATALOGUE

NONCE_BYTES = 12
ACTOR_PARTS = {"label": "", "auth_method": "", "on_behalf_of": "", "session": ""}
CONTEXT_PARTS = {"request_id": "", "address": "", "user_agent": "", "route": "", "app_version": "", "task_id": "", "trace_id": ""}
CALLER_PARTS = ("address", "user_agent")
MERGED = ("details", "changes")

log = structlog.get_logger(__name__)

Parts = dict[str, Any]
Document = dict[str, Any]


class Written(Protocol):
    """An entry as it lies in the trail: the columns that opening needs."""

    id: UUID
    actor_label: str
    subject_label: str
    address: str
    canonical: str

    @property
    def public_id(self) -> str:
        """`ent_…`"""

    @property
    def document(self) -> Document:
        """The canonical text, parsed."""


class Refused(ValueError):
    """A sealed part does not belong to this entry and person, or was altered."""


def sealed(personal: Mapping[str, Parts], *, entry_id: str, keys: Keys) -> dict[str, str]:
    """The `personal` part of a document: each person's parts under their key. Who is forgotten gets an empty text and is told of no more."""
    return {ref: _sealed(parts, entry_id=entry_id, ref=ref, key=keys[ref]) for ref, parts in personal.items()}


def unsealed(text: str, *, entry_id: str, ref: str, key: AESGCM) -> Parts:
    """One person's parts of one entry. Raises Refused, never returns the ciphertext."""
    try:
        body = base64.urlsafe_b64decode(text.encode())
        parts: Parts = orjson.loads(key.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], _place(entry_id, ref)))
    except (InvalidTag, ValueError) as fault:
        raise Refused(f"what is sealed for {ref} does not belong to {entry_id}") from fault
    return parts


def opened(entry: Written) -> Document:
    """One entry with everything that can still be read, in one shape for all versions: see `opened_all`."""
    return opened_all([entry])[0]


def opened_all(entries: Iterable[Written]) -> list[Document]:
    """Several entries, their keys fetched in one query. The shape, the same for every version of the document:

    `id, v, av, source, action, crud, category, severity, outcome, reason, occurred_at, received_at, actor {kind, id, label, auth_method,
    on_behalf_of, session}, subject {id, kind, label}, details {…}, changes {field: [old, new]}, context {request_id, address, user_agent, route,
    app_version, task_id, trace_id}, is_forgotten`. What cannot be opened any more is the text "", and `is_forgotten` is true. `crud` stands in no
    entry: it is read from the action's name each time (`audit.formats.verbs`).
    """
    rows = [(entry, entry.document) for entry in entries]
    keys = person_keys.for_reading({ref for _, document in rows for ref in document.get("personal", {})})
    return [_opened(entry, document, keys=keys) for entry, document in rows]


def _sealed(parts: Parts, *, entry_id: str, ref: str, key: AESGCM | None) -> str:
    if key is None:
        return ""
    nonce = os.urandom(NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + key.encrypt(nonce, orjson.dumps(parts), _place(entry_id, ref))).decode()


def _opened(entry: Written, document: Document, *, keys: Keys) -> Document:
    shown = _of_first(entry, document) if document["v"] == 1 else _of_second(document, keys=keys)
    shown["crud"] = verbs.of(shown["action"])
    return shown


def _of_second(document: Document, *, keys: Keys) -> Document:
    parts = {
        ref: _parts_of(text, entry_id=document["id"], ref=ref, key=keys.get(ref)) for ref, text in document["personal"].items()
    }
    shown = {name: value for name, value in document.items() if name not in {"personal", "actor"}}
    caller = {name: document["actor"].get(name, "") for name in ("kind", "auth_method", "on_behalf_of", "session", "label")}
    shown["actor"] = {"id": document["actor"]["ref"], **caller}
    shown["subject"] = {"label": "", **document["subject"]}
    shown["context"] = CONTEXT_PARTS | document["context"]
    shown["is_forgotten"] = None in parts.values()
    for found in parts.values():
        _merge(shown, found or {})
    return _completed(shown) if shown["is_forgotten"] else shown


def _parts_of(text: str, *, entry_id: str, ref: str, key: AESGCM | None) -> Parts | None:
    """A person's parts, or None when they cannot be read any more."""
    if key is None or not text:
        return None
    try:
        return unsealed(text, entry_id=entry_id, ref=ref, key=key)
    except Refused as fault:
        log.warning("audit.personal_refused", entry=entry_id, why=str(fault))
        return None


def _merge(shown: Document, parts: Parts) -> None:
    actor = dict(parts.get("actor", {}))
    shown["context"] |= {name: actor.pop(name) for name in CALLER_PARTS if name in actor}
    shown["actor"] |= actor
    shown["subject"] |= parts.get("subject", {})
    for name in MERGED:
        shown[name] = shown.get(name, {}) | parts.get(name, {})
    shown["reason"] = parts.get("reason", shown["reason"])


def _completed(shown: Document) -> Document:
    """Name the details that are there and cannot be read."""
    known = CATALOGUE.get(shown["action"])
    names = (known.personal if known else frozenset()) | set(shown["details"].get("sealed_fields", ()))
    shown["details"] = dict.fromkeys(sorted(names), "") | shown["details"]
    return shown


def _of_first(entry: Written, document: Document) -> Document:
    """Version 1 held labels and address plainly; when the person is forgotten they are no longer shown, though the evidence still has them."""
    known = CATALOGUE.get(document["action"])
    actor, subject, context = dict(document["actor"]), dict(document["subject"]), dict(document["context"])
    is_caller_gone = entry.actor_label == "" != actor["label"] or entry.address == "" != context["address"]
    is_subject_gone = entry.subject_label == "" != subject["label"]
    if is_caller_gone:
        actor["label"] = context["address"] = context["user_agent"] = ""
    if is_subject_gone:
        subject["label"] = ""
    details = dict.fromkeys(known.personal, "") if is_subject_gone and known else {}
    return {
        "id": entry.public_id, "v": 1, "av": document["av"], "source": "freehold", "action": document["action"],
        "category": known.category if known else "", "severity": known.severity if known else 1,
        "outcome": document["outcome"], "reason": "", "occurred_at": document["occurred_at"], "received_at": document["occurred_at"],
        "actor": ACTOR_PARTS | actor, "subject": {"kind": known.subject_kind if known else ""} | subject,
        "details": document["details"] | details, "changes": {}, "context": CONTEXT_PARTS | context,
        "is_forgotten": is_caller_gone or is_subject_gone,
    }  # fmt: skip


def _place(entry_id: str, ref: str) -> bytes:
    return f"{entry_id}|{ref}".encode()
