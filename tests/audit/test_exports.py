"""Exports: what stands in the file, how it lies on the disk, and what becomes of it."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from audit import actions, queries
from audit.evidence import Selection
from audit.exports import files, writing
from audit.formats import FORMATS
from audit.models import Entry, Export
from audit.permissions import Permission
from audit.problems import ExportDamaged, ExportNotFound, ExportNotReady, ExportRunning
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, Invalid
from operations import queries as operations
from operations.models import LEASE, Operation
from tests import makers
from tests.audit.conftest import happen
from tests.caller import Caller


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    """A folder of its own for the files of each test."""
    settings.EXPORT_FOLDER = str(tmp_path)
    return tmp_path


def begun(actor: Actor, *, kind: str = "jsonl", **filters: Any) -> Export:
    return actions.start_export(kind, filters=filters, actor=actor)


def written(actor: Actor, *, kind: str = "jsonl", **filters: Any) -> Export:
    export = begun(actor, kind=kind, **filters)
    assert export.operation_id is not None
    actions.work_on_export(export.operation_id, actor=makers.OPERATOR)
    return queries.export(export.id)


def content(export: Export) -> bytes:
    return b"".join(queries.pieces_of(export))


def state_of(export: Export) -> str:
    return queries.standings([queries.export(export.id)])[export.id].state


def test_a_file_holds_what_is_sealed_in_order_with_its_place_in_the_log(
    owner: Actor, sealed: list[Entry], acme: tenancy.TenantRef
) -> None:
    happen(actor=owner, subject="thing_unsealed")

    export = written(owner, subject="thing_3")
    everything = written(owner)

    line, *others = [orjson.loads(text) for text in content(export).splitlines()]
    kept = queries.seal_of(sealed[3])
    assert kept is not None
    assert not others
    assert b"thing_unsealed" not in content(everything)
    assert (line["seq"], line["leaf"], line["chain"]) == (kept.seq, bytes(kept.leaf).hex(), bytes(kept.chain).hex())
    seqs = [orjson.loads(text)["seq"] for text in content(everything).splitlines()]
    assert seqs == list(range(1, queries.chain().sealed + 1))
    assert everything.row_count == len(seqs)
    assert everything.sha256 == hashlib.sha256(content(everything)).hexdigest()
    assert everything.size_bytes == len(content(everything))


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_can_be_written(name: str, owner: Actor, sealed: list[Entry]) -> None:
    export = written(owner, kind=name, action="tests.thing.happened")

    assert content(export).startswith(FORMATS[name].header())
    assert export.row_count == 5
    assert content(export).endswith(b"\n")


def test_an_empty_export_is_a_file_without_records(owner: Actor) -> None:
    export = written(owner, kind="csv", q="nowhere to be found")

    assert (content(export), export.row_count) == (FORMATS["csv"].header(), 0)
    assert state_of(export) == "ready"


def test_nothing_can_be_read_on_the_disk(owner: Actor, sealed: list[Entry], folder: Path) -> None:
    export = written(owner)

    paths = [path for path in folder.rglob("*") if path.is_file()]
    assert len(paths) == 3
    assert all(b"thing_" not in path.read_bytes() for path in paths)
    assert all(path.stat().st_mode & 0o077 == 0 for path in paths)
    assert b"thing_3" in content(export)


@pytest.mark.parametrize("fault", ["flip", "cut", "swap", "end", "key"])
def test_a_file_that_was_altered_where_it_lay_does_not_open(
    fault: str, owner: Actor, sealed: list[Entry], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BATCH", 2)
    export = written(owner)
    place = folder / export.path
    first, second, last = place / "00000000", place / "00000001", sorted(place.glob("0*"))[-1]

    if fault == "flip":
        first.write_bytes(first.read_bytes()[:-1] + bytes([first.read_bytes()[-1] ^ 1]))
    elif fault == "cut":
        last.unlink()
    elif fault == "swap":
        one, two = first.read_bytes(), second.read_bytes()
        first.write_bytes(two)
        second.write_bytes(one)
    else:
        (place / ("last" if fault == "end" else "key")).unlink()

    with pytest.raises(ExportDamaged):
        content(export)


def test_a_worker_that_died_is_followed_by_one_that_writes_on(
    owner: Actor, sealed: list[Entry], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BATCH", 2)
    whole = content(written(owner))
    export = begun(owner)
    assert export.operation_id is not None
    next_part, looked = writing.next_part, []

    def dies_in_the_third(*args: Any, **values: Any) -> writing.Part:
        looked.append(args[1].seq)
        if len(looked) == 3:
            raise KeyboardInterrupt
        return next_part(*args, **values)

    def goes_on(*args: Any, **values: Any) -> writing.Part:
        looked.append(args[1].seq)
        return next_part(*args, **values)

    monkeypatch.setattr(writing, "next_part", dies_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        actions.work_on_export(export.operation_id, actor=makers.OPERATOR)
    (folder / export.path / "00000002").write_bytes(b"half a part")
    (folder / export.path / "00000099.unfinished").write_bytes(b"half a part")
    Operation.objects.filter(pk=export.operation_id).update(heartbeat_at=clock.now() - LEASE * 2)
    monkeypatch.setattr(writing, "next_part", goes_on)
    actions.work_on_export(export.operation_id, actor=makers.OPERATOR)

    assert looked[:4] == [0, 2, 4, 4]
    assert content(queries.export(export.id)) == whole
    assert operations.operation(export.operation_id).attempts == 2


def test_one_export_is_written_at_a_time(owner: Actor) -> None:
    running = begun(owner)

    with pytest.raises(ExportRunning) as refused:
        begun(owner)

    assert refused.value.fields == {"export": running.public_id}
    assert Export.objects.count() == 1
    actions.remove_export(running.id, actor=owner)
    assert state_of(begun(owner)) == "queued"


def test_exports_take_their_permission_and_good_values(owner: Actor) -> None:
    reader = makers.person_actor(grants=frozenset({str(Permission.READ_ENTRIES)}))

    with pytest.raises(Forbidden):
        begun(reader)
    with pytest.raises(Invalid):
        begun(owner, kind="docx")
    with pytest.raises(Invalid):
        begun(owner, colour="red")
    assert not Export.objects.exists()
    assert not queries.entries(action="audit.export.started").exists()


def test_the_trail_tells_who_asked_fetched_and_removed(owner: Actor, sealed: list[Entry]) -> None:
    export = written(owner, q="thing")
    actions.hand_out_export(export.id, actor=owner)
    actions.remove_export(export.id, actor=owner)
    actions.remove_export(export.id, actor=owner)

    told = [queries.opened(entry) for entry in queries.entries(subject=export.public_id, action="audit.*").order_by("id")]
    assert [document["action"] for document in told] == [
        "audit.export.started", "audit.export.finished", "audit.export.fetched", "audit.export.removed",
    ]  # fmt: skip
    assert told[0]["details"] == {"format": "jsonl", "filters": {"q": "thing"}, "until_seq": queries.chain().sealed}
    assert told[2]["actor"]["id"] == owner.id


def test_a_file_is_handed_out_only_while_it_is_there(owner: Actor, folder: Path) -> None:
    export = begun(owner)
    with pytest.raises(ExportNotReady):
        actions.hand_out_export(export.id, actor=owner)
    assert export.operation_id is not None
    actions.work_on_export(export.operation_id, actor=makers.OPERATOR)
    Export.objects.filter(pk=export.pk).update(expires_at=clock.now() - timedelta(seconds=1))

    with pytest.raises(ExportNotReady) as refused:
        actions.hand_out_export(export.id, actor=owner)
    tidied = actions.tidy_exports(actor=makers.OPERATOR)

    assert refused.value.fields == {"state": "expired"}
    assert [row.pk for row in tidied] == [export.pk]
    assert not (folder / export.path).exists()
    assert state_of(export) == "removed"
    assert actions.tidy_exports(actor=makers.OPERATOR) == []


def test_what_a_failed_job_wrote_is_removed(
    owner: Actor, sealed: list[Entry], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.actions.exporting.ROWS_MAXIMUM", 3)
    export = written(owner)
    failed = state_of(export)

    actions.tidy_exports(actor=makers.OPERATOR)

    assert failed == "failed"
    assert "Choose a shorter time" in queries.standings([export])[export.id].problem
    assert not (folder / export.path).exists()


def test_an_export_that_is_removed_while_it_is_written_ends_there(owner: Actor, sealed: list[Entry], folder: Path) -> None:
    export = begun(owner)
    actions.remove_export(export.id, actor=owner)
    assert export.operation_id is not None

    actions.work_on_export(export.operation_id, actor=makers.OPERATOR)

    assert operations.operation(export.operation_id).state == "failed"
    assert state_of(export) == "removed"
    assert actions.tidy_exports(actor=makers.OPERATOR) == []


def test_files_of_tenants_that_are_gone_are_swept_away(owner: Actor, folder: Path) -> None:
    export = written(owner)

    kept, gone = files.remove_older_than(60.0), files.remove_older_than(-60.0)

    assert (kept, gone) == (0, 1)
    assert not (folder / export.path).exists()


def test_an_export_is_asked_for_and_fetched_over_http(client: Caller, sealed: list[Entry]) -> None:
    client.key = makers.make_key(scopes=("write:audit.exports",)).secret
    asked = client.post("/v1/audit/exports", {"format": "csv", "filters": {"subject": "thing_2"}})
    path = asked["Location"]
    early = client.get(f"{path}/file")
    actions.work_on_export(queries.exports()[0].operation_id, actor=makers.OPERATOR)  # type: ignore[arg-type]  # it has one

    shown, fetched = client.get(path).json(), client.get(f"{path}/file")

    assert asked.status_code == 202
    assert (asked.json()["state"], early.status_code) == ("queued", 409)
    assert (shown["state"], shown["row_count"], shown["filters"]) == ("ready", 1, {"subject": "thing_2"})
    body = b"".join(fetched.streaming_content)
    assert hashlib.sha256(body).hexdigest() == shown["sha256"]
    assert b"thing_2" in body
    assert fetched["Content-Disposition"].endswith(f'-{shown["id"]}.csv"')
    assert fetched["Cache-Control"] == "no-store"
    assert [row["id"] for row in client.get("/v1/audit/exports?format=csv").json()["data"]] == [shown["id"]]
    assert client.delete(path).status_code == 204
    assert client.get(f"{path}/file").status_code == 409


def test_an_evidence_bundle_is_no_export_and_asks_for_its_own_permissions(
    owner: Actor, sealed: list[Entry], acme: tenancy.TenantRef
) -> None:
    with tenancy.activate(acme, purpose=tenancy.Purpose.SEAL):
        actions.sign_log()
    bundle = actions.start_evidence(Selection(is_readable=True), actor=owner)
    assert bundle.operation_id is not None
    actions.work_on_evidence(bundle.operation_id, actor=makers.OPERATOR)

    for act in (actions.hand_out_export, actions.remove_export):
        with pytest.raises(ExportNotFound):
            act(bundle.id, actor=owner)

    assert queries.evidence(bundle.id).removed_at is None
