"""Rows of the log as a check looks at them: two hashes and one parse for each, and no object of the ORM."""

from binascii import a2b_base64
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import orjson
from cryptography.exceptions import InvalidTag

from audit.keeping import ID_MAX, projected
from audit.models import ID_PREFIX
from audit.sealing import MAC_PURPOSE
from audit.verifying import reading
from audit.verifying.persons import Keys
from kernel import clock, ids, sealing, tenancy

NONCE_BYTES = 12
POSTGRES_BEGINS = datetime(2000, 1, 1, tzinfo=UTC)
SECOND_US = 1_000_000
BODY_AT, MAC_AT, RECEIVED_AT = 4, 5, 6
"""Where a raw row has them; its columns stand behind."""

DIGITS = b"0123456789abcdefghijklmnopqrstuv"
"""Of the base 32 that Python reads; ids are spelt with those of Crockford."""

SPELLING = bytes(DIGITS[ids.ALPHABET.index(chr(sign))] if chr(sign) in ids.ALPHABET else ord("!") for sign in range(256))
HEAD = f"{ID_PREFIX}_"
HEAD_LENGTH = len(HEAD)
SHOWN_LENGTH = HEAD_LENGTH + ids.LENGTH


class _Actor(msgspec.Struct, gc=False):
    kind: str
    ref: str
    label: str = ""


class _Subject(msgspec.Struct, gc=False):
    id: str
    label: str = ""


class _Context(msgspec.Struct, gc=False):
    request_id: str


class _Document(msgspec.Struct, gc=False):
    """What the columns repeat of a document of version 2: to read only that costs half of what all of it does."""

    id: str
    received_at: str
    action: str
    category: str
    severity: int
    source: str
    outcome: str
    actor: _Actor
    subject: _Subject
    context: _Context
    personal: dict[str, str]


READ = msgspec.json.Decoder(_Document).decode


class Row(NamedTuple):
    """One row: its place, its entry, its stored hashes, and its body; `canonical` and what stands behind it is None when the body is not there.

    `received_us` counts microseconds since 2000, as PostgreSQL does.
    """

    seq: int
    entry_id: bytes
    leaf: bytes
    chain: bytes
    canonical: bytes | None
    mac: bytes
    received_us: int
    action: str
    category: str
    severity: int
    source: str
    outcome: str
    actor_kind: str
    actor_id: str
    actor_label: str
    subject: str
    subject_label: str
    request_id: str
    address: str

    @property
    def id(self) -> UUID:
        """The id of its entry."""
        return UUID(bytes=self.entry_id)

    @property
    def shown_id(self) -> str:
        """`ent_…`."""
        return ids.show(ID_PREFIX, self.id)

    @property
    def columns(self) -> list[str]:
        """`received_at` and the columns from `action` to `address` as `keeping.projected` gives them, all as text."""
        return [moment(self.received_us), *map(str, self[RECEIVED_AT + 1 :])]

    def with_body(self, canonical: bytes, *, mac: bytes) -> "Row":
        """The same row with another text and MAC."""
        return self._replace(canonical=canonical, mac=mac)


class Said(NamedTuple):
    """What is wrong with one row, in words."""

    what: str
    expected: str
    found: str


def one(entry_id: UUID) -> Row | None:
    """An entry as it is now."""
    return next((Row(*row) for row in reading.one(entry_id)), None)


def moment(received_us: int) -> str:
    """A moment of PostgreSQL as documents spell it; what lies outside the years 1 to 9999, such as "infinity", as no document does."""
    try:
        return clock.rfc3339(POSTGRES_BEGINS + timedelta(microseconds=received_us))
    except OverflowError:
        return f"2000-01-01 and {received_us} microseconds"


class Checker:
    """Checks bodies against their MACs and columns. The keys of persons are fetched block by block."""

    def __init__(self) -> None:
        self.keys = Keys()
        self._mac_of = sealing.digester(purpose=MAC_PURPOSE)
        self._second, self._spelt = 0, moment(0)[:-7]
        """The last second that was met, and how it is spelt up to its point: neighbours in the log mostly share it."""

    def is_sound(self, block: Sequence[reading.Raw]) -> bool:
        """Whether the body of each of these rows is there and holds; if not, `faults` says which does not, or that it is none."""
        mac_of, fits = self._mac_of, self._fits
        later = list[reading.Raw]()
        for raw in block:
            text = raw[BODY_AT]
            if text is None or mac_of(text) != raw[MAC_AT]:
                return False
            if not fits(raw):
                later.append(raw)
        # Few of a block, as a rule: those whose persons were not met before.
        self.keys.fetch({ref for raw in later for ref in _refs(orjson.loads(raw[BODY_AT]))})
        return all(map(fits, later))

    def faults(self, block: list[reading.Raw]) -> Iterator[tuple[Row, Said]]:
        """The rows among these whose body does not hold, with the fault; rows without a body are passed over."""
        later: list[tuple[Row, dict[str, Any]]] = []
        for raw in block:
            text = raw[BODY_AT]
            if text is None:
                continue
            if self._mac_of(text) != raw[MAC_AT]:
                yield Row(*raw), _altered(Row(*raw))
            elif not self._fits(raw):
                later.append((Row(*raw), orjson.loads(text)))
        self.keys.fetch({ref for _, document in later for ref in _refs(document)})
        for row, document in later:
            self.keys.fetch(_refs(document))  # none, unless a look at another row had all keys forgotten
            if not self._fits(row) and (said := self._unlike(row, document)):
                yield row, said

    def copies(self, rows: Iterable[Row]) -> Iterator[tuple[Row, Said]]:
        """The same for bodies kept apart from their month, which nobody forgets from: only the MAC and the personal columns may differ."""
        for row in rows:
            document = self._parsed(row)
            if document is None:
                yield row, _altered(row)

    def _fits(self, raw: reading.Raw) -> bool:
        """Whether text and columns say the same, found fast: what does not fit here is looked at again by `_unlike`, whose word counts."""
        try:
            document = READ(raw[BODY_AT])
        except msgspec.ValidationError:
            return _is_first_version(raw)
        shown_id, actor, subject, opens = document.id, document.actor, document.subject, self.keys.opens
        label, subject_id, subject_label, address = actor.label, subject.id, subject.label, ""
        try:
            if _number_of(shown_id) != raw[1] or document.received_at != self._moment(raw[RECEIVED_AT]):
                return False
            for ref, text in document.personal.items():
                key = opens[ref]
                if key is None or not text:
                    continue
                sealed = a2b_base64(text.replace("-", "+").replace("_", "/"))
                parts = orjson.loads(key(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], f"{shown_id}|{ref}".encode()))
                if caller := parts.get("actor"):
                    label, address = caller.get("label", label), caller.get("address", "")
                if about := parts.get("subject"):
                    subject_id, subject_label = about.get("id", subject_id), about.get("label", subject_label)
        except (InvalidTag, KeyError, OverflowError, ValueError):
            return False
        return raw[RECEIVED_AT + 1 :] == (
            document.action, document.category, document.severity, document.source, document.outcome,
            actor.kind, actor.ref[:ID_MAX], label, subject_id[:ID_MAX], subject_label, document.context.request_id, address,
        )  # fmt: skip

    def _moment(self, received_us: int) -> str:
        """The same as `moment`, fast."""
        second, rest_us = divmod(received_us, SECOND_US)
        if second != self._second:
            self._second, self._spelt = second, moment(second * SECOND_US)[:-7]
        return f"{self._spelt}{rest_us:06d}Z"

    def _parsed(self, row: Row) -> dict[str, Any] | None:
        """The document, or None when the text is not the one that was written."""
        text = row.canonical or b""
        if self._mac_of(text) != row.mac:
            return None
        document: dict[str, Any] = orjson.loads(text)
        return document

    def _unlike(self, row: Row, document: dict[str, Any]) -> Said | None:
        expected, told = self._projection(document), row.columns
        return None if expected == told and _is_of(row, document) else self._again(row)

    def _again(self, row: Row) -> Said | None:
        """Look once more, at the row and the keys of one moment: a person may have been forgotten between the two queries."""
        with tenancy.atomic():
            present = one(row.id)
            if present is None or present.canonical is None:
                return Said(f"the entry {row.shown_id} vanished while it was checked", "an entry", "none")
            document = self._parsed(present)
            if document is None:
                return _altered(present)
            keys, self.keys = self.keys, Keys()
            self.keys.fetch(_refs(document))
            expected = self._projection(document)
            self.keys.join(keys)
        told = present.columns
        if _is_lingering(expected, told, document=document, keys=self.keys):
            self.keys.lingering.add(row.shown_id)
            return None
        if _is_like(expected, told, document=document, keys=self.keys) and _is_of(row, document):
            return None
        return Said(f"the columns of entry {row.shown_id} do not say what its text says", _list(expected), _list(told))

    def _projection(self, document: dict[str, Any]) -> list[str]:
        if document["v"] == 1:
            return [document["occurred_at"], *map(str, projected(document, shown=document))]
        actor, subject = {"label": "", **document["actor"]}, {"label": "", **document["subject"]}
        actor["id"], where = actor["ref"], {"request_id": document["context"]["request_id"], "address": ""}
        for ref, text in document["personal"].items():
            parts = self._opened(text, entry_id=document["id"], ref=ref) if text else {}
            caller = parts.get("actor")
            if caller:
                actor["label"] = caller.get("label", actor["label"])
                where["address"] = caller.get("address", "")
            if "subject" in parts:
                subject.update(parts["subject"])
        return [
            document["received_at"],
            *map(str, projected(document, shown={"actor": actor, "subject": subject, "context": where})),
        ]

    def _opened(self, text: str, *, entry_id: str, ref: str) -> dict[str, Any]:
        """One person's parts; none when the key is gone, and when it does not fit, which is noted."""
        key = self.keys.of(ref)
        if key is None:
            if not self.keys.is_forgotten(ref):
                self.keys.unreadable.add(ref)
            return {}
        try:
            raw = a2b_base64(text.replace("-", "+").replace("_", "/"))
            parts: dict[str, Any] = orjson.loads(key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], f"{entry_id}|{ref}".encode()))
        except (InvalidTag, ValueError):
            self.keys.unreadable.add(ref)
            return {}
        return parts


def _is_first_version(raw: reading.Raw) -> bool:
    """Whether the text is of the first version, and the columns say the same."""
    document = orjson.loads(raw[BODY_AT])
    is_first = document["v"] == 1 and document["occurred_at"] == moment(raw[RECEIVED_AT])
    return is_first and tuple(projected(document, shown=document)) == raw[RECEIVED_AT + 1 :]


def _is_of(row: Row, document: dict[str, Any]) -> bool:
    """Whether the text is that of this entry; version 1 does not say."""
    return "id" not in document or document["id"] == row.shown_id


def _number_of(shown_id: str) -> bytes:
    """The 16 bytes that an id shows; none, a ValueError or an OverflowError for what is no id. The inverse of `ids.show`, at a fifth of its cost."""
    if len(shown_id) != SHOWN_LENGTH or not shown_id.startswith(HEAD):
        return b""
    return int(shown_id[HEAD_LENGTH:].encode().translate(SPELLING), 32).to_bytes(16)


def _altered(row: Row) -> Said:
    return Said(
        f"the text of entry {row.shown_id} was altered", "a text that fits the MAC which this installation made", "another text"
    )


def _is_like(expected: list[str], told: list[str], *, document: dict[str, Any], keys: Keys) -> bool:
    """Whether columns say what the text says; in version 1 the text keeps what the columns lost when a person was forgotten.

    Where a key cannot be read, what it would have opened is not known: the columns may say anything there.
    """
    gone = {place for place in PERSONAL_PLACES if told[place] == ""} if document["v"] == 1 else set()
    allowed = {place for place in gone if keys.is_forgotten(_owner(document, place=place))}
    if document["v"] != 1 and any(ref in keys.unreadable for ref in document["personal"]):
        allowed = set(PERSONAL_PLACES)
    if len(expected) != len(told):
        return False
    return all(left == right or place in allowed for place, (left, right) in enumerate(zip(expected, told, strict=True)))


def _is_lingering(expected: list[str], told: list[str], *, document: dict[str, Any], keys: Keys) -> bool:
    """Whether columns only still show what nobody can read in the text any more: a person's key goes first, and the columns are emptied after it."""
    if document["v"] == 1 or len(expected) != len(told) or not any(keys.is_forgotten(ref) for ref in document["personal"]):
        return False
    unlike = [place for place, (left, right) in enumerate(zip(expected, told, strict=True)) if left != right]
    return bool(unlike) and all(place in PERSONAL_PLACES and expected[place] == "" for place in unlike)


ACTOR_LABEL, SUBJECT_LABEL, ADDRESS = 8, 10, 12
PERSONAL_PLACES = (ACTOR_LABEL, SUBJECT_LABEL, ADDRESS)


def _owner(document: dict[str, Any], *, place: int) -> str:
    return str(document["subject" if place == SUBJECT_LABEL else "actor"]["id"])


def _refs(document: dict[str, Any]) -> list[str]:
    """Whose keys it takes: for version 1, which seals nothing, those that may have been forgotten."""
    return [document["actor"]["id"], document["subject"]["id"]] if document["v"] == 1 else list(document["personal"])


def _list(values: list[str]) -> str:
    return ", ".join(values)
