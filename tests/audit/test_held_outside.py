"""What only a legal hold keeps is evidence still: exports, bundles and the tail hold it in its place, and filters mean it as before."""

import io
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from audit import actions, evidence, finding, following, personal, queries
from audit.evidence import Selection, verify
from audit.exports import writing
from audit.filters import Filters
from audit.models import Entry
from kernel.actors import Actor
from kernel.tenancy import TenantRef
from tests import makers
from tests.audit.travelling import keep_for, settle

HELD = "thing_2"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    """A folder of its own for the files of each test."""
    settings.EXPORT_FOLDER = str(tmp_path)


@pytest.fixture
def kept(aged: list[UUID], acme: TenantRef, owner: Actor) -> Entry:
    """An entry whose month was removed, and which a hold kept, as it was before."""
    entry = Entry.objects.get(pk=aged[2])
    keep_for()
    actions.place_hold("Case 7", matter="", reason="A claim was made.", terms={"subject": HELD}, actor=owner)
    actions.prune(actor=owner)
    settle(acme)
    assert not Entry.objects.filter(pk__in=aged).exists()
    return entry


def exported(actor: Actor, **filters: Any) -> list[dict[str, Any]]:
    export = actions.start_export("jsonl", filters=filters, actor=actor)
    assert export.operation_id is not None
    actions.work_on_export(export.operation_id, actor=makers.OPERATOR)
    return [orjson.loads(line) for line in b"".join(queries.pieces_of(queries.export(export.id))).splitlines()]


def members(bundle: evidence.Bundle) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(b"".join(bundle.pieces()))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_export_of_everything_holds_it_in_its_place(kept: Entry, owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "BATCH", 3)

    lines = exported(owner)

    there = set(Entry.objects.values_list("pk", flat=True)) | {kept.pk}
    wanted = [sealed for sealed in following.read_after(0, limit=10_000) if sealed.entry_id in there][: len(lines)]
    assert [(line["seq"], line["leaf"]) for line in lines] == [(sealed.seq, sealed.leaf.hex()) for sealed in wanted]
    first = lines[0]["entry"]
    assert (first["id"], first["actor"]["label"], first["context"]["address"]) == (kept.public_id, kept.actor_label, kept.address)


@pytest.mark.parametrize(
    ("filters", "is_meant"),
    [
        ({"subject": HELD}, True),
        ({"subject": "thing_1"}, False),
        ({"category": "data", "action": "tests.thing.aged", "until": "actor"}, True),
        ({"category": "people"}, False),
        ({"q": "owner@acme.example", "subject": HELD}, True),
        ({"q": "somebody@else.example"}, False),
        ({"address": "192.0.2.7", "subject": HELD}, True),
        ({"outcome": "denied"}, False),
        ({"severity": 5}, False),
    ],
)
def test_filters_mean_it_as_they_did_before_its_month_went(
    filters: dict[str, Any],
    is_meant: bool,  # noqa: FBT001
    kept: Entry,
    owner: Actor,
) -> None:
    if "until" in filters:
        filters = {**filters, "until": queries.policy("data").updated_at.isoformat()}

    ids = [line["entry"]["id"] for line in exported(owner, **filters)]

    assert (kept.public_id in ids) is is_meant
    assert Filters.parse(filters).matches(personal.opened(queries.entry(kept.pk))) is is_meant


def test_a_bundle_holds_its_text_in_a_range_and_when_it_is_chosen(kept: Entry, owner: Actor) -> None:
    seal = queries.seal_of(kept)
    assert seal is not None
    key = queries.verifiers()[0].verifier

    whole = evidence.build(Selection())
    chosen = evidence.build(Selection(filters=Filters(subject=HELD), is_readable=True))

    for bundle in (whole, chosen):
        content = members(bundle)
        lines = {line["seq"]: line for line in map(orjson.loads, content[verify.ENTRIES].splitlines())}
        assert lines[seal.seq]["canonical"] == kept.canonical
        assert verify.checked(memoryview(b"".join(bundle.pieces())), [key], "").code == 0
    assert orjson.loads(members(chosen)["entries-readable.jsonl"])["subject"]["id"] == HELD
    missing = orjson.loads(members(whole)[verify.MANIFEST])["bodies_missing"]
    gone = [sealed for sealed in following.read_after(0, limit=10_000) if sealed.entry is None]
    assert missing == len(gone) - 1


def test_what_nobody_holds_is_meant_by_nobody(kept: Entry) -> None:
    read = following.read_after(0, limit=10_000)

    chosen = finding.meant(read, filters=Filters())

    assert {sealed.entry_id for sealed in chosen} == {*Entry.objects.values_list("pk", flat=True), kept.pk} & {
        sealed.entry_id for sealed in read
    }
    assert [sealed.seq for sealed in chosen] == sorted(sealed.seq for sealed in chosen)
