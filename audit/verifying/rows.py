"""Rows of the log as a check looks at them: two hashes and one parse for each, and no object of the ORM."""

import binascii
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag

from audit.keeping import ID_MAX, projected
from audit.models import ID_PREFIX
from audit.sealing import MAC_PURPOSE
from audit.verifying import reading
from audit.verifying.persons import Keys
from kernel import ids, sealing, tenancy

NONCE_BYTES = 12
SIGN = reading.SIGN
SIGN_BYTE = SIGN.encode()
SEPARATORS = 12
"""In the columns of a row, joined."""

# Tables for bytes: `str.translate` costs ten times as much.
URL_SAFE = bytes.maketrans(b"-_", b"+/")
DIGITS = b"0123456789abcdefghijklmnopqrstuv"
"""Of the base 32 that Python reads; ids are spelt with those of Crockford."""

SPELLING = bytes(DIGITS[ids.ALPHABET.index(chr(sign))] if chr(sign) in ids.ALPHABET else ord("!") for sign in range(256))
HEAD = f"{ID_PREFIX}_"
HEAD_LENGTH = len(HEAD)
SHOWN_LENGTH = HEAD_LENGTH + ids.LENGTH


class Row(NamedTuple):
    """One row: its place, its entry, its stored hashes, and its body; `canonical` is None when the body is not there.

    `told` is `received_at` and the columns from `action` to `address` as `keeping.projected` gives them, all as text and joined.
    """

    seq: int
    entry_id: bytes
    leaf: bytes
    chain: bytes
    canonical: bytes | None
    mac: bytes
    told: bytes

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
        """What `told` holds."""
        return self.told.decode().split(SIGN)


class Said(NamedTuple):
    """What is wrong with one row, in words."""

    what: str
    expected: str
    found: str


def one(entry_id: UUID) -> Row | None:
    """An entry as it is now."""
    return next((Row(*row) for row in reading.one(entry_id)), None)


class Checker:
    """Checks bodies against their MACs and columns. The keys of persons are fetched block by block."""

    def __init__(self) -> None:
        self.keys = Keys()
        self._mac_of = sealing.digester(purpose=MAC_PURPOSE)

    def faults(self, block: list[reading.Raw]) -> Iterator[tuple[Row, Said]]:
        """The rows among these whose body does not hold, with the fault; rows without a body are passed over."""
        mac_of, loads, fits = self._mac_of, orjson.loads, self._fits
        later: list[tuple[Row, dict[str, Any]]] = []
        for raw in block:
            text = raw[4]
            if text is None:
                continue
            if mac_of(text) != raw[5]:
                yield Row(*raw), _altered(Row(*raw))
                continue
            document = loads(text)
            if not fits(document, raw[1], raw[6]):
                later.append((Row(*raw), document))
        # Few of a block, as a rule: those whose persons were not met before, and those that do not hold.
        self.keys.fetch({ref for _, document in later for ref in _refs(document)})
        for row, document in later:
            if not fits(document, row.entry_id, row.told) and (said := self._unlike(row, document)):
                yield row, said

    def copies(self, rows: Iterable[Row]) -> Iterator[tuple[Row, Said]]:
        """The same for bodies kept apart from their month, which nobody forgets from: only the MAC and the personal columns may differ."""
        for row in rows:
            document = self._parsed(row)
            if document is None:
                yield row, _altered(row)

    def _fits(self, document: dict[str, Any], entry_id: bytes, told: bytes) -> bool:
        """Whether text and columns say the same, found fast: what does not fit here is looked at again by `_unlike`, whose word counts."""
        if document["v"] == 1:
            expected = SIGN.join((document["occurred_at"], *map(str, projected(document, shown=document))))
            return expected.encode() == told and told.count(SIGN_BYTE) == SEPARATORS
        shown_id, actor, subject, opens = document["id"], document["actor"], document["subject"], self.keys.opens
        label, subject_id, subject_label, address = actor.get("label", ""), subject["id"], subject.get("label", ""), ""
        try:
            if _number_of(shown_id) != entry_id:
                return False
            for ref, text in document["personal"].items():
                key = opens[ref]
                if key is None or not text:
                    continue
                raw = binascii.a2b_base64(text.encode().translate(URL_SAFE))
                parts = orjson.loads(key(raw[:NONCE_BYTES], raw[NONCE_BYTES:], f"{shown_id}|{ref}".encode()))
                if caller := parts.get("actor"):
                    label, address = caller.get("label", label), caller.get("address", "")
                if about := parts.get("subject"):
                    subject_id, subject_label = about.get("id", subject_id), about.get("label", subject_label)
        except (InvalidTag, KeyError, OverflowError, ValueError):
            return False
        expected = (
            f"{document['received_at']}\x1f{document['action']}\x1f{document['category']}\x1f{document['severity']}\x1f{document['source']}"
            f"\x1f{document['outcome']}\x1f{actor['kind']}\x1f{actor['ref'][:ID_MAX]}\x1f{label}\x1f{subject_id[:ID_MAX]}\x1f{subject_label}"
            f"\x1f{document['context']['request_id']}\x1f{address}"
        )
        return expected.encode() == told and told.count(SIGN_BYTE) == SEPARATORS

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
            raw = binascii.a2b_base64(text.replace("-", "+").replace("_", "/"))
            parts: dict[str, Any] = orjson.loads(key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], f"{entry_id}|{ref}".encode()))
        except (InvalidTag, ValueError):
            self.keys.unreadable.add(ref)
            return {}
        return parts


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
