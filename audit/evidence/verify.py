#!/usr/bin/env python3
"""Checks an evidence bundle of Freehold's audit log with the log's public key alone: no database, no network, no trust in who made the bundle.

    python verify.py bundle.zip --key 'host/audit/…+1a2b3c4d+AQ…' [--key …] [--against kept.note] [--json]

Exit code 0: what is in the bundle stands in the log that the key signed, unaltered. 1: it does not, and the output names the first fault. 2: that
cannot be told, and the output says why. Needs Python 3.8 and nothing else. Take this file from a source that you trust rather than from the bundle.

Hashes: RFC 6962 section 2.1. Signatures: Ed25519 (RFC 8032). Notes, checkpoints and proofs: C2SP signed-note, tlog-checkpoint and tlog-proof.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SOUND, TAMPERED, CANNOT_TELL = 0, 1, 2
WORDS = ("sound", "tampered", "cannot_tell")
FIRST_LINE = "freehold.evidence/v1"
MANIFEST, MANIFEST_NOTE, ENTRIES, RANGE_PROOF = "manifest.json", "manifest.note", "entries.jsonl", "proofs/range.json"
NAME = re.compile(r"[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)?\.[a-z-]+")
NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
LOCAL, CENTRAL, END = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")
DATE = (1 << 5) | 1  # 1 January 1980, the first day that the format knows
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, SQUARE_ROOT_OF_MINUS_1 = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)


class Found(Exception):
    """The end of a check: the exit code, what is the matter, and what was expected and found."""

    def __init__(self, code: int, what: str, expected: object = "", found: object = "") -> None:
        super().__init__(what)
        self.code, self.what, self.expected, self.found = code, what, str(expected)[:300], str(found)[:300]


def wrong(what: str, expected: object = "", found: object = "") -> Found:
    """Something does not hold."""
    return Found(TAMPERED, what, expected, found)


def unclear(what: str, expected: object = "", found: object = "") -> Found:
    """Something cannot be told."""
    return Found(CANNOT_TELL, what, expected, found)


def local_header(name: str, crc: int, size: int) -> bytes:
    """What stands before a member."""
    return LOCAL.pack(b"PK\3\4", 20, 0, 0, 0, DATE, crc, size, size, len(name), 0) + name.encode()


def directory(members: list[tuple[str, int, int, int]]) -> bytes:
    """What ends the file; `members` are name, CRC-32, size and offset of each."""
    rows = [
        CENTRAL.pack(b"PK\1\2", 20, 20, 0, 0, 0, DATE, crc, size, size, len(name), 0, 0, 0, 0, 0, at) + name.encode()
        for name, crc, size, at in members
    ]
    begin = sum(LOCAL.size + len(name) + size for name, _, size, _ in members)
    return b"".join(rows) + END.pack(b"PK\5\6", 0, 0, len(rows), len(rows), sum(map(len, rows)), begin, 0)


def members_of(content: memoryview) -> dict[str, memoryview]:
    """The members by name. They are stored, in one layout only: so every byte of the file is checked, and nothing is ever unpacked."""
    found: dict[str, memoryview] = {}
    known, at = [], 0
    while bytes(content[at : at + 4]) == b"PK\3\4":
        if len(content) < at + LOCAL.size:
            raise wrong("the bundle is cut off")
        fields = LOCAL.unpack(content[at : at + LOCAL.size])
        crc, size, length = fields[6], fields[7], fields[9]
        start = at + LOCAL.size + length
        name = bytes(content[at + LOCAL.size : start]).decode("ascii", "replace")
        body = content[start : start + size]
        if not NAME.fullmatch(name) or name in found:
            raise wrong("the bundle holds a member of a name that no bundle has", "names of a bundle, each once", repr(name))
        if len(body) != size or bytes(content[at:start]) != local_header(name, zlib.crc32(body), size):
            raise wrong(f"the member {name} is not stored as bundles are", "a stored member with its checksum", "another one")
        found[name] = body
        known.append((name, crc, size, at))
        at = start + size
    if not found or bytes(content[at:]) != directory(known):
        raise wrong("the file is no bundle, or was altered behind its members", "the directory of its members", "something else")
    return found


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature of 64 bytes is right (RFC 8032 section 5.1.7); a few milliseconds by arithmetic alone."""
    point = decoded_point(public)
    scalar = int.from_bytes(signature[32:], "little")
    if point is None or len(signature) != 64 or scalar >= ORDER:
        return False
    factor = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    x, y, z, t = times(factor, point)
    return encoded_point(added(times(scalar, BASE), (-x % P, y, z, -t % P))) == signature[:32]


def added(p: tuple[int, ...], q: tuple[int, ...]) -> tuple[int, ...]:
    """The sum of two points in extended coordinates (section 5.1.4)."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(factor: int, point: tuple[int, ...]) -> tuple[int, ...]:
    """A point added to itself."""
    found: tuple[int, ...] = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            found = added(found, point)
        point, factor = added(point, point), factor >> 1
    return found


def root_x(y: int, sign: int) -> int | None:
    """The x of a point, if there is one."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQUARE_ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def decoded_point(raw: bytes) -> tuple[int, ...] | None:
    """The point that 32 bytes stand for (section 5.1.3), if any."""
    number = int.from_bytes(raw, "little")
    y, sign = number & (2**255 - 1), number >> 255
    x = root_x(y, sign) if len(raw) == 32 and y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def encoded_point(point: tuple[int, ...]) -> bytes:
    """32 bytes that stand for a point."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    encoded: int = y | (x & 1) << 255
    return encoded.to_bytes(32, "little")


BASE = decoded_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or ()


def plain(text: str) -> bytes:
    """Base64 in its one right form. Raises ValueError."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not the one right form of base64")
    return raw


def parsed_key(text: str) -> tuple[str, bytes, bytes]:
    """Name, key id and public key of a verifier key. Raises ValueError."""
    name, shown, encoded = text.strip().split("+", 2)
    material = plain(encoded)
    key_id = hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]
    if not name or material[:1] != b"\1" or len(material) != 33 or key_id.hex() != shown:
        raise ValueError("it is no Ed25519 verifier key")
    return name, key_id, material[1:]


def signed_text(note: str, keys: list[tuple[str, bytes, bytes]], what: str) -> tuple[str, str]:
    """The text of a note, and the name of the key of `keys` that signed it. Raises Found."""
    body, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise wrong(f"{what} is no signed note")
    names = [name for line in tail[:-1].split("\n") for name in signers(line, body + "\n", keys, what)]
    if not names:
        known = " or ".join(f"{name}+{key_id.hex()}" for name, key_id, _ in keys)
        raise unclear(f"{what} is not signed with the key that you gave", known, tail)
    return body + "\n", names[0]


def signers(line: str, text: str, keys: list[tuple[str, bytes, bytes]], what: str) -> list[str]:
    """The names of the keys that made a signature line; none for lines of keys that nobody gave. Raises Found."""
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014":
        raise wrong(f"{what} has a line that is no signature", "a signature line", repr(line))
    try:
        value = plain(parts[2])
    except ValueError:
        raise wrong(f"{what} has a signature that is not base64", "base64", repr(parts[2])) from None
    own = [(name, public) for name, key_id, public in keys if (name, key_id) == (parts[1], value[:4])]
    for name, public in own:
        if not ed25519(public, text.encode(), value[4:]):
            raise wrong(f"{what} was altered, or signed by somebody else", f"a signature of {name}", "one that does not fit")
    return [name for name, _ in own]


def checkpoint(note: str, keys: list[tuple[str, bytes, bytes]], what: str) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint. Raises Found."""
    text, signer = signed_text(note, keys, what)
    lines = text[:-1].split("\n")
    try:
        root = plain(lines[2]) if len(lines) > 2 and all(lines) and NUMBER.fullmatch(lines[1]) else b""
    except ValueError:
        root = b""
    if len(root) != 32:
        raise wrong(f"{what} is no checkpoint", "origin, size and root", repr(text))
    if lines[0] != signer:
        raise wrong(f"{what} is signed by a key of another log", lines[0], signer)
    return lines[0], int(lines[1]), root


def parent(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """The complete subtrees that a log of some size consists of, from the largest to the smallest."""

    def __init__(self, size: int, hashes: list[bytes]) -> None:
        if len(hashes) != bin(size).count("1"):
            raise wrong("the proof of the range does not fit its place", f"{bin(size).count('1')} hashes", len(hashes))
        self.size, self.hashes = size, list(hashes)

    def add(self, node: bytes, height: int = 0) -> None:
        bits = self.size >> height
        while bits & 1:
            node, bits = parent(self.hashes.pop(), node), bits >> 1
        self.hashes.append(node)
        self.size += 1 << height

    def root(self) -> bytes:
        found = self.hashes[-1] if self.hashes else hashlib.sha256(b"").digest()
        for left in reversed(self.hashes[:-1]):
            found = parent(left, found)
        return found


def included(leaf: bytes, index: int, size: int, root: bytes, proof: list[bytes]) -> bool:
    """RFC 9162 section 2.1.3.2."""
    place, last, found = index, size - 1, leaf
    if not 0 <= index < size:
        return False
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = parent(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = parent(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def consistent(first: int, second: int, old: bytes, new: bytes, proof: list[bytes]) -> bool:
    """RFC 9162 section 2.1.4.2."""
    if first == second:
        return not proof and old == new
    path = [old, *proof] if first & (first - 1) == 0 else list(proof)
    if not 0 < first < second or not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    left = right = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            left, right = parent(node, left), parent(node, right)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            right = parent(right, node)
        place, last = place >> 1, last >> 1
    return last == 0 and left == old and right == new


class Bundle:
    """One bundle that is being checked."""

    def __init__(self, content: memoryview, keys: list[tuple[str, bytes, bytes]]) -> None:
        self.files, self.keys = members_of(content), keys
        self.manifest = self._manifest()
        self.keys = [*keys, *(parsed_key(key) for key in self.manifest["keys"])]  # whoever signed the manifest vouches for them
        self.note = self.text(self.manifest["checkpoint"])
        self.origin, self.size, self.root = checkpoint(self.note, self.keys, "the checkpoint of the bundle")
        self.roots: dict[int, bytes] = {self.size: self.root}
        self.kept: tuple[int, bytes] = (-1, b"")
        self.bodiless = 0

    def text(self, name: str) -> str:
        if name not in self.files:
            raise wrong(f"{name} is missing", name, "nothing")
        return bytes(self.files[name]).decode()

    def _manifest(self) -> dict[str, Any]:
        text, _ = signed_text(self.text(MANIFEST_NOTE), self.keys, "the manifest")
        digest = hashlib.sha256(self.files.get(MANIFEST, b"")).hexdigest()
        lines = text.split("\n")
        if len(lines) != 4 or lines[0] != FIRST_LINE or lines[2] != f"sha256 {digest}":
            raise wrong("the manifest is not the one that was signed", lines[2:3], f"sha256 {digest}")
        manifest: dict[str, Any] = json.loads(self.text(MANIFEST))
        told = [row["name"] for row in manifest["files"]]
        if list(self.files) != [MANIFEST, MANIFEST_NOTE, *told] or manifest["origin"] != lines[1]:
            raise wrong("the bundle does not hold the files that its manifest names", told, list(self.files)[2:])
        for row in manifest["files"]:
            found = hashlib.sha256(self.files[row["name"]]).hexdigest()
            if found != row["sha256"]:
                raise wrong(f"the file {row['name']} was altered", row["sha256"], found)
        return manifest

    def check(self) -> None:
        """Check everything in it. Raises Found."""
        for name in self.files:
            if name.startswith("checkpoints/"):
                _, size, root = checkpoint(self.text(name), self.keys, f"the checkpoint {name}")
                if self.roots.setdefault(size, root) != root:
                    raise wrong(f"two checkpoints of {size} entries differ", self.roots[size].hex(), root.hex())
        if self.manifest["selection"] == "range":
            self._check_range()
        else:
            self._check_chosen()
        for name in self.files:
            if name.startswith("proofs/consistency-"):
                self._check_consistency(name)

    def lines(self) -> Iterator[tuple[int, bytes, bytes]]:
        """The entries: seq, leaf, chain; each checked by itself and for its place."""
        first, last, number = (self.manifest[name] for name in ("first", "last", "count"))
        seq = first - 1
        for raw in bytes(self.files[ENTRIES]).split(b"\n")[:-1]:
            line, before = json.loads(raw), seq
            seq = line["seq"]
            if not before < seq <= last or (self.manifest["selection"] == "range" and seq != before + 1):
                raise wrong(f"entry {before + 1} is missing, or entries are not in order", f"entry {before + 1}", f"entry {seq}")
            leaf, number = bytes.fromhex(line["leaf"]), number - 1
            if line["canonical"] is None:
                self.bodiless += 1
            elif hashlib.sha256(b"\0" + line["canonical"].encode()).digest() != leaf:
                raise wrong(
                    f"the text of entry {seq} was altered",
                    leaf.hex(),
                    hashlib.sha256(b"\0" + line["canonical"].encode()).hexdigest(),
                )
            yield seq, leaf, bytes.fromhex(line["chain"])
        if number or self.bodiless != self.manifest["bodies_missing"]:
            raise wrong(
                "the bundle has not as many entries as its manifest says", self.manifest["count"], self.manifest["count"] - number
            )

    def _check_range(self) -> None:
        proof = json.loads(self.text(RANGE_PROOF))
        tree = Tree(self.manifest["first"] - 1, [bytes.fromhex(one) for one in proof["left"]])
        chain = bytes.fromhex(self.manifest["chain_before"])
        self._check_root(tree.size, tree)
        for seq, leaf, told in self.lines():
            chain = hashlib.sha256(chain + leaf).digest()
            if chain != told:
                raise wrong(f"entry {seq} is not linked to the one before it", chain.hex(), told.hex())
            tree.add(leaf)
            self._check_root(seq, tree)
        for height, node in proof["right"]:
            if not 0 <= height < 64 or tree.size >> height << height != tree.size:
                raise wrong("the proof of the range does not fit its place", "a complete subtree", height)
            tree.add(bytes.fromhex(node), height)
        if (tree.size, tree.root()) != (self.size, self.root):
            raise wrong(
                "the entries do not stand in the log that the checkpoint speaks of",
                f"{self.size} {self.root.hex()}",
                f"{tree.size} {tree.root().hex()}",
            )

    def _check_root(self, size: int, tree: Tree) -> None:
        if size == self.kept[0]:
            self.roots.setdefault(size, tree.root())
        known = self.roots.get(size)
        if known is not None and known != tree.root():
            raise wrong(f"the first {size} entries are not those of the checkpoint of that size", known.hex(), tree.root().hex())

    def _check_chosen(self) -> None:
        for seq, leaf, _ in self.lines():
            head, _, note = self.text(f"proofs/{seq}.tlog-proof").partition("\n\n")
            lines = head.split("\n")
            hashes = [plain(line) for line in lines[2:]]
            if (
                lines[:2] != ["c2sp.org/tlog-proof@v1", f"index {seq - 1}"]
                or note != self.note
                or not included(leaf, seq - 1, self.size, self.root, hashes)
            ):
                raise wrong(
                    f"entry {seq} does not stand in the log that the checkpoint speaks of",
                    self.root.hex(),
                    "a proof that does not lead there",
                )

    def _check_consistency(self, name: str) -> None:
        head, _, note = self.text(name).partition("\n\n")
        old, *hashes = head.split("\n")
        first = int(old[4:])
        _, size, root = checkpoint(note, self.keys, name)
        if first not in self.roots or not consistent(first, size, self.roots[first], root, [plain(one) for one in hashes]):
            raise wrong(
                f"the log of {size} entries does not begin with that of {first}", "a proof of consistency", "one that does not hold"
            )

    def keep(self, kept: str) -> None:
        """Remember a checkpoint that somebody kept, to be compared on the way."""
        note = kept.partition("\n\n")[2] if kept.startswith("c2sp.org/tlog-proof@v1") else kept
        origin, size, root = checkpoint(note, self.keys, "the checkpoint that you kept")
        if origin.rpartition("/")[0] != self.origin.rpartition("/")[0]:
            raise unclear("the checkpoint that you kept is of another log", self.origin, origin)
        if size > self.size:
            raise unclear(
                "the checkpoint that you kept is newer: take a new bundle, and if that is shorter too, the log was cut",
                size,
                self.size,
            )
        self.kept = (size, root)

    def compare(self) -> None:
        """Compare it. Raises Found."""
        size, root = self.kept
        if size not in self.roots:
            raise unclear(
                f"the bundle does not reach the checkpoint that you kept: take one from entry {size} or before",
                size,
                self.manifest["first"],
            )
        if self.roots[size] != root:
            raise wrong(
                f"the first {size} entries are not those of the checkpoint that you kept", root.hex(), self.roots[size].hex()
            )


def checkpoint_of(content: memoryview) -> str:
    """The note in a bundle that proves its entries, unchecked. Raises Found, ValueError, KeyError."""
    files = members_of(content)
    return bytes(files[json.loads(bytes(files[MANIFEST]))["checkpoint"]]).decode()


def checked(content: memoryview, keys: list[str], against: str = "") -> Found:
    """What is the matter with a bundle: exit code and words. Never raises for what a bundle holds."""
    try:
        bundle = Bundle(content, [parsed_key(key) for key in keys])
        if against:
            bundle.keep(against)
        bundle.check()
        if against:
            bundle.compare()
    except Found as found:
        return found
    except (
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
        MemoryError,
        binascii.Error,
        struct.error,
    ) as fault:
        return unclear(f"the bundle or the key cannot be read: {type(fault).__name__}: {fault}"[:300])
    told = bundle.manifest
    removed = f"; the bodies of {bundle.bodiless} were removed when their time was over" if bundle.bodiless else ""
    return Found(
        SOUND,
        f"{told['count']} entries ({told['first']} to {told['last']}) stand in the log {bundle.origin} of {bundle.size} entries{removed}",
    )


def main(arguments: list[str]) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Check an evidence bundle with the log's public key alone.")
    parser.add_argument("bundle")
    parser.add_argument("--key", action="append", default=[], help="the log's verifier key, as you were given it; may be repeated")
    parser.add_argument("--against", default="", help="a checkpoint or .tlog-proof that you kept")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args(arguments)
    try:
        kept = Path(given.against).read_bytes().decode() if given.against else ""
        content = memoryview(Path(given.bundle).read_bytes())
        found = checked(content, given.key, kept) if given.key else unclear("give the log's public key with --key")
    except (OSError, ValueError) as fault:
        found = unclear(f"a file cannot be read: {fault}")
    if given.json:
        sys.stdout.write(
            json.dumps({"answer": WORDS[found.code], "what": found.what, "expected": found.expected, "found": found.found}) + "\n"
        )
    else:
        more = f"\n  expected: {found.expected}\n  found:    {found.found}" if found.expected else ""
        sys.stdout.write(f"{WORDS[found.code].upper().replace('_', ' ')}: {found.what}{more}\n")
    return found.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
