"""What a file must be to count as a copy: whole, unaltered, ours, and no larger than it says. Nothing here needs a database."""

import gzip
import hashlib
import io
import tarfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from kernel.problems import Problem
from tenants.backups import archive, files
from tenants.backups.manifest import Manifest, Part, Sequence, Table, parse
from tenants.backups.sealed import CHUNK, SealedReader, SealedWriter
from tenants.places import quietly
from tenants.problems import BackupDamaged, BackupUnreadable
from tests.tenants import copied
from tests.tenants.copied import archived

ROWS = b"1\tAda\n2\tGrace\n"
PART = "people.0001.copy.gz"
OTHER_RING = ("other:" + "A" * 43 + "=",)


def manifest(**changed: Any) -> Manifest:
    """The manifest of a copy with one table."""
    table = Table(
        name="people",
        columns=(("id", "bigint"), ("name", "text")),
        rows=2,
        bytes=len(ROWS),
        sha256=hashlib.sha256(ROWS).hexdigest(),
        parts=(Part(PART, len(packed())),),
    )
    given: dict[str, Any] = {
        "backup": "bak_1", "kind": "manual", "taken_at": "2026-01-31T12:00:00.000000Z", "cell": "cell-1", "region": "local",
        "server_version": 180000, "lsn": "0/1", "tenant": {"slug": "acme"}, "migrations": ("people.0001_initial",),
        "tables": (table,), "sequences": (Sequence("people_id_seq", 2, is_called=True),),
    }  # fmt: skip
    return Manifest(**{**given, **changed})


def packed(rows: bytes = ROWS) -> bytes:
    """Rows as a part holds them."""
    return gzip.compress(rows, mtime=0)


def held(**changed: bytes) -> dict[str, bytes]:
    """The members of a good copy, some of them exchanged by `part` and `manifest`."""
    return {PART: changed.get("part", packed()), "manifest.json": changed.get("manifest", manifest().encoded())}


def sealed(data: bytes, *, at: Path) -> Path:
    """A file with this content under a seal."""
    with at.open("wb") as file, SealedWriter(file, name="bak_1") as writer:
        for start in range(0, len(data), 1000):
            writer.write(data[start : start + 1000])
    return at


def refused(path: Path, problem: type[Problem]) -> str:
    """Why a file is refused."""
    with pytest.raises(problem) as refusal:
        archive.verify(path, on_progress=quietly)
    return refusal.value.detail


def test_a_good_copy_is_read_sealed_and_plain(tmp_path: Path) -> None:
    plain = archived(held(), at=tmp_path / "plain")
    closed = sealed(plain.read_bytes(), at=tmp_path / "sealed")

    assert archive.verify(plain, on_progress=quietly) == manifest()
    assert archive.verify(closed, on_progress=quietly) == manifest()
    assert b"".join(archive.plain_pieces(closed)) == plain.read_bytes()
    assert b"".join(archive.sealed_pieces(closed)) == closed.read_bytes()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
def test_a_seal_gives_back_what_it_got_from_any_place(tmp_path: Path, size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    path = sealed(data, at=tmp_path / "sealed")

    with path.open("rb") as file:
        reader = io.BufferedReader(SealedReader(file), CHUNK)
        whole = reader.read()
        reader.seek(size // 2)
        half = reader.read(100)

    assert (whole, half) == (data, data[size // 2 : size // 2 + 100])


@pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 0.999])
def test_a_sealed_copy_with_one_bit_changed_is_refused(tmp_path: Path, place: float) -> None:
    path = sealed(
        archived({**held(), "manifest.json": manifest().encoded()}, at=tmp_path / "plain").read_bytes(), at=tmp_path / "sealed"
    )
    data = bytearray(path.read_bytes())
    start = data.index(b"\n", 20) + 1
    data[start + int(place * (len(data) - start))] ^= 1
    path.write_bytes(data)

    refused(path, BackupDamaged)


def test_a_sealed_copy_that_was_cut_anywhere_is_refused(tmp_path: Path) -> None:
    """Also between two chunks, where every chunk that is left opens by itself."""
    data = sealed(bytes(3 * CHUNK), at=tmp_path / "sealed").read_bytes()
    start = data.index(b"\n", 20) + 1
    between_chunks = start + 2 * (CHUNK + 16)
    for length in (between_chunks, between_chunks + 5, len(data) - 1, start, start + 3):
        (tmp_path / "cut").write_bytes(data[:length])

        refused(tmp_path / "cut", BackupDamaged)


def test_chunks_that_changed_places_are_refused(tmp_path: Path) -> None:
    data = sealed(bytes(3 * CHUNK), at=tmp_path / "sealed").read_bytes()
    start, length = data.index(b"\n", 20) + 1, CHUNK + 16
    first, second = data[start : start + length], data[start + length : start + 2 * length]
    (tmp_path / "swapped").write_bytes(data[:start] + second + first + data[start + 2 * length :])

    refused(tmp_path / "swapped", BackupDamaged)


def test_a_copy_sealed_elsewhere_is_refused_with_what_to_do(tmp_path: Path, settings: object) -> None:
    path = sealed(archived(held(), at=tmp_path / "plain").read_bytes(), at=tmp_path / "sealed")
    settings.SEALING_KEYS = OTHER_RING  # type: ignore[attr-defined]

    assert "SEALING_KEYS" in refused(path, BackupUnreadable)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"FREEHOLD COPY 1\n", b"FREEHOLD COPY 1\n{}\n", b"FREEHOLD COPY 2\nrest", b"\0" * 2000]
)
def test_what_is_no_copy_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)

    refused(tmp_path / "file", BackupUnreadable)


def test_a_plain_copy_that_was_cut_is_refused(tmp_path: Path) -> None:
    data = archived(held(), at=tmp_path / "plain").read_bytes()
    for length in (100, 512, 700, 1100, 1600):
        (tmp_path / "cut").write_bytes(data[:length])

        with pytest.raises((BackupDamaged, BackupUnreadable)):
            archive.verify(tmp_path / "cut", on_progress=quietly)


@pytest.mark.parametrize(
    ("part", "why"),
    [
        (packed(b"1\tAda\n2\tEve!!\n"), "its checksum does not hold"),
        (packed(b"1\tAda\n"), "another size"),
        (packed()[:-4] + b"\0\0\0\0", "cannot be unpacked"),
        (packed()[:-9] + b"X" * 9, "cannot be unpacked"),
    ],
    ids=["other-rows", "fewer-rows", "other-length", "other-bytes"],
)
def test_altered_rows_are_refused(tmp_path: Path, part: bytes, why: str) -> None:
    path = archived(held(part=part), at=tmp_path / "plain")

    assert why in refused(path, BackupDamaged)


def altered(rows: bytes, **changed: Any) -> dict[str, bytes]:
    """A copy with other rows whose manifest says the right size of the part, but the old checksum."""
    part = packed(rows)
    table = manifest().tables[0]
    fields = {name: getattr(table, name) for name in ("name", "columns", "rows", "bytes", "sha256")}
    exchanged = Table(**{**fields, "parts": (Part(PART, len(part)),), **changed})
    return held(part=part, manifest=manifest(tables=(exchanged,)).encoded())


def test_rows_whose_checksum_does_not_hold_are_refused(tmp_path: Path) -> None:
    path = archived(altered(b"1\tEve\n2\tGrace\n"), at=tmp_path / "plain")

    assert "checksum" in refused(path, BackupDamaged)


def test_a_part_with_something_behind_it_is_refused(tmp_path: Path) -> None:
    table = manifest().tables[0]
    part = packed() + b"more"
    fields = {name: getattr(table, name) for name in ("name", "columns", "rows", "bytes", "sha256")}
    told = manifest(tables=(Table(**fields, parts=(Part(PART, len(part)),)),))
    path = archived(held(part=part, manifest=told.encoded()), at=tmp_path / "plain")

    assert "behind it" in refused(path, BackupDamaged)


def test_a_small_file_that_unpacks_to_a_huge_one_is_stopped_where_its_manifest_ends(tmp_path: Path) -> None:
    """A gigabyte of zeros would take seconds and a gigabyte; it is left after a few hundred kilobytes."""
    path = archived(altered(bytes(64 * 1024 * 1024)), at=tmp_path / "bomb")
    assert path.stat().st_size < 100_000
    with archive.opened(path) as opened:
        sizes: list[int] = []
        with pytest.raises(BackupDamaged, match="more than its manifest says"):
            sizes.extend(len(piece) for piece in opened.text_of(opened.manifest.tables[0]))

    assert sum(sizes) <= len(ROWS)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "people.0002.copy.gz", "note.txt"])
def test_a_member_that_the_manifest_does_not_name_is_refused(tmp_path: Path, name: str) -> None:
    path = archived({name: b"x", **held()}, at=tmp_path / "plain")

    assert "does not hold what its manifest says" in refused(path, BackupDamaged)
    assert sorted(found.name for found in tmp_path.iterdir()) == ["plain"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_folders_are_refused(tmp_path: Path, kind: bytes) -> None:
    path = archived(held(), at=tmp_path / "plain")
    with tarfile.open(path, "a") as tar:
        member = tarfile.TarInfo("link")
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)

    assert "links" in refused(path, BackupUnreadable)


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    path = archived(held(), at=tmp_path / "plain")
    with tarfile.open(path, "a") as tar:
        member = tarfile.TarInfo("manifest.json")
        tar.addfile(member)

    assert "twice" in refused(path, BackupUnreadable)


def test_a_missing_part_is_refused(tmp_path: Path) -> None:
    path = archived({"manifest.json": manifest().encoded()}, at=tmp_path / "plain")

    assert PART in refused(path, BackupDamaged)


def document(**changed: Any) -> bytes:
    """A manifest as JSON with some members exchanged."""
    return orjson.dumps({**orjson.loads(manifest().encoded()), **changed})


TABLE = orjson.loads(manifest().encoded())["tables"][0]


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{",
        document(format=2),
        document(format="1"),
        document(tables=None),
        document(tables=[TABLE, TABLE]),
        document(tables=[{**TABLE, "name": 'x"; DROP SCHEMA public; --'}]),
        document(tables=[{**TABLE, "name": "../people"}]),
        document(tables=[{**TABLE, "sha256": "short"}]),
        document(tables=[{**TABLE, "bytes": -1}]),
        document(tables=[{**TABLE, "bytes": 1.5}]),
        document(tables=[{**TABLE, "rows": True}]),
        document(tables=[{**TABLE, "parts": [{"name": "../../x", "size_bytes": 1}]}]),
        document(tables=[{**TABLE, "columns": [["id"]]}]),
        document(sequences=[{"name": "s", "last_value": "1", "is_called": True}]),
        document(server_version=None),
        document(migrations=[1]),
    ],
)
def test_a_manifest_that_no_copy_has_is_refused(data: bytes) -> None:
    with pytest.raises(BackupUnreadable):
        parse(data)


def test_a_manifest_of_another_format_says_which(tmp_path: Path) -> None:
    path = archived(held(manifest=document(format=7)), at=tmp_path / "plain")

    assert "format 7" in refused(path, BackupUnreadable)


def test_a_manifest_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = archived(held(manifest=b" " * (8 * 1024 * 1024 + 1)), at=tmp_path / "plain")

    assert "too large" in refused(path, BackupUnreadable)


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "file"

    with suppress(RuntimeError), files.writing(target) as file:
        file.write(b"half")
        seen = sorted(path.name for path in target.parent.iterdir())
        raise RuntimeError

    assert seen == ["file.unfinished"]
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("region", ["..", "a/b", "", "EU", "-eu", "a" * 41])
def test_a_region_that_cannot_be_a_folder_is_refused(region: str) -> None:
    with pytest.raises(ValueError, match="folder"):
        files.folder_of(region)


def test_members_are_read_by_any_tar(tmp_path: Path) -> None:
    path = archived(held(), at=tmp_path / "plain")

    assert copied.text_of(copied.members(path.read_bytes()), "people") == ROWS
