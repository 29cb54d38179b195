"""Months and copies: what lay in a month lies in the same one again, of whatever time the copy is; and what a restore does to a log."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import orjson
import pytest

from audit import actions as audit
from audit import doctor
from audit import queries as trail
from audit.events import EpochBegun
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from operations.models import Operation
from tenants import actions, forgotten, partitions, places, queries
from tenants.backups import archive, connecting, files, manifest
from tenants.models import Backup, ForgottenPerson
from tenants.partitions import Partition
from tenants.problems import BackupUnreadable
from tests import makers
from tests.audit import places as logs
from tests.tenants import copied

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("folder", "at_platform")]

AS = actions.Named(slug="mill-copy", name="Mill (copy)")
SLOW = {"checkpoint", "queue", "cursor", "clock"}


def cut(ref: TenantRef) -> list[tuple[str, str | None, str | None]]:
    with connecting.owning(ref) as connection, connection.cursor() as cursor:
        return [(one.name, one.low, one.high) for one in partitions.read(cursor, schema=ref.schema)]


def lying(ref: TenantRef) -> list[tuple[object, ...]]:
    """In which partition each entry of the tests lies."""
    return logs.run(ref, "SELECT tableoid::regclass::text, id FROM audit_entry WHERE action = 'tests.thing.happened' ORDER BY id")


def faults(ref: TenantRef) -> list[doctor.Lack]:
    return [lack for lack in doctor.examine(ref).lacks if lack.check not in SLOW]


def restored(backup: Backup, *, actor: Actor) -> TenantRef:
    asked = actions.restore_tenant(backup.id, named=AS, actor=actor)
    actions.work_on_restore(asked.operation.id, actor=actor)
    assert Operation.objects.get(id=asked.operation.id).problem is None
    makers.forget_caches()
    return queries.tenant_by_slug(AS.slug).ref()


def replaced(backup: Backup, *, actor: Actor) -> TenantRef:
    asked = actions.replace_tenant(backup.id, slug="mill", actor=actor)
    actions.work_on_replacement(asked.operation.id, actor=actor)
    assert Operation.objects.get(id=asked.operation.id).problem is None
    makers.forget_caches()
    return queries.tenant_by_slug("mill").ref()


@pytest.fixture
def aged(mill: TenantRef) -> TenantRef:
    """A tenant whose log has old months of other lengths and lacks those that come, with entries in two old months and in the rest."""
    running, *following = [name for name, _, high in cut(mill) if high is not None]
    high = cut(mill)[0][2]
    middle, end = logs.id_at(2024, 2), logs.id_at(2024, 3)
    for name in following:
        logs.run(mill, f"DROP TABLE {name}")
    logs.run(mill, f"ALTER TABLE audit_entry DETACH PARTITION {running}")
    logs.run(mill, f"ALTER TABLE audit_entry ATTACH PARTITION {running} FOR VALUES FROM ('{end}') TO ('{high}')")
    logs.run(
        mill,
        f"SELECT audit_add_partition('audit_entry_first', NULL, '{middle}'), audit_add_partition('audit_entry_second', '{middle}', '{end}')",
    )
    for entry_id in (logs.id_at(2023, 5), logs.id_at(2024, 2, number=7), logs.id_at(clock.now().year + 9, 1)):
        logs.run(mill, logs.insert("audit_entry", entry_id=entry_id), purpose=Purpose.OPERATOR)
    return mill


def test_entries_lie_in_the_months_that_they_lay_in_and_those_of_today_are_added(aged: TenantRef, operator: Actor) -> None:
    before, lay = cut(aged), lying(aged)
    backup = copied.take("mill")

    copy = restored(backup, actor=operator)

    assert [name for name, _ in lay] == ["audit_entry_first", "audit_entry_second", "audit_entry_later"]
    assert lying(copy) == lay
    assert set(before) < set(cut(copy))
    assert len(cut(copy)) == len(before) + 2
    assert [(lack.check, lack.what) for lack in faults(copy)] == [("months", "audit_entry_later")]


def test_a_trial_compares_every_month(aged: TenantRef, operator: Actor) -> None:
    backup = copied.take("mill")

    actions.drill_backup(backup.id, on_progress=places.quietly, actor=operator)

    assert Backup.objects.get(id=backup.id).verified_at is not None
    told = archive.read_manifest(files.path_of(backup))
    assert [(one.name, one.low, one.high) for one in told.partitions] == cut(aged)


def test_an_archived_tenant_comes_back_with_its_months(aged: TenantRef, operator: Actor) -> None:
    before, lay = cut(aged), lying(aged)
    away = actions.archive_tenant(aged.id, reason="Pause.", actor=operator)
    actions.put_away_tenant(away.operation.id, actor=operator)
    back = actions.unarchive_tenant(aged.id, actor=operator)

    actions.bring_back_tenant(back.operation.id, actor=operator)

    makers.forget_caches()
    now = queries.tenant_by_slug("mill").ref()
    assert (now.state, lying(now), set(before) < set(cut(now))) == ("active", lay, True)


@pytest.mark.parametrize(
    "forged",
    [
        {"table": "identity_user", "name": "audit_entry_later", "low": None, "high": None},
        {"table": "audit_entry", "name": "pg_class", "low": None, "high": None},
        {"table": "audit_entry", "name": "audit_entry_later", "low": "'); DROP TABLE audit_entry; --", "high": None},
        {"table": "audit_entry", "name": "audit_entry_later", "low": 7, "high": None},
        {"table": "audit_entry", "low": None, "high": None},
        "audit_entry",
    ],
)
def test_a_manifest_that_lies_about_months_is_refused(mill: TenantRef, forged: object) -> None:
    told = orjson.loads(archive.read_manifest(files.path_of(copied.take("mill"))).encoded())
    told["partitions"] = [forged]

    with pytest.raises(BackupUnreadable):
        manifest.parse(orjson.dumps(told))


def test_a_manifest_from_before_months_names_none() -> None:
    """What a copy of format 1 said before tables were cut."""
    told = {
        "format": 1, "backup": "bak_1", "kind": "manual", "taken_at": "", "cell": "c", "region": "r", "lsn": "", "server_version": 180000,
        "tenant": {}, "migrations": ["audit.0002_append_only"], "tables": [], "sequences": [],
    }  # fmt: skip

    assert manifest.parse(orjson.dumps(told)).partitions == ()


def test_months_that_overlap_are_refused_and_nothing_is_loaded(mill: TenantRef, operator: Actor, tmp_path: Path) -> None:
    backup = copied.take("mill")
    held = copied.members(copied.plain_bytes(backup))
    told = orjson.loads(held["manifest.json"])
    for partition in told["partitions"]:
        if partition["high"]:
            partition["low"] = None
    path = copied.archived({**held, "manifest.json": orjson.dumps(told)}, at=tmp_path / "overlapping.tar")
    asked = actions.restore_file(path, named=AS, actor=operator)

    actions.work_on_restore(asked.operation.id, actor=operator)

    problem = Operation.objects.get(id=asked.operation.id).problem
    assert problem is not None
    assert problem["detail"].startswith("The copy's partitions cannot be made: partition ")


def sign(ref: TenantRef) -> None:
    with tenancy.activate(ref, purpose=Purpose.SEAL):
        audit.seal_pending()
        audit.sign_log()


def epochs(ref: TenantRef) -> list[tuple[object, ...]]:
    return logs.run(ref, "SELECT DISTINCT epoch, (SELECT split_part(origin, '/', 3) FROM audit_signingkey k WHERE k.epoch = c.epoch LIMIT 1)"
                    " FROM audit_checkpoint c ORDER BY 1")  # fmt: skip


def test_a_log_that_was_put_back_goes_on_in_a_new_epoch(mill: TenantRef, operator: Actor) -> None:
    sign(mill)
    backup = copied.take("mill")
    copied.add_people(mill, "later@mill.example")
    sign(mill)

    now = replaced(backup, actor=operator)
    sign(now)

    assert epochs(now) == [(1, str(mill.id)), (2, str(mill.id))]
    with tenancy.activate(now, purpose=Purpose.OPERATOR):
        told = [entry.document["details"]["reason"] for entry in trail.entries(action=EpochBegun.name)]
    assert told == [f"restored from {backup.public_id}"]
    assert faults(now) == []


def test_a_copy_under_a_new_name_signs_under_a_name_and_key_of_its_own(mill: TenantRef, operator: Actor) -> None:
    sign(mill)

    copy = restored(copied.take("mill"), actor=operator)
    sign(copy)

    assert epochs(copy) == [(1, str(mill.id)), (2, str(copy.id))]
    assert epochs(mill) == [(1, str(mill.id))]


def person_of(ref: TenantRef) -> str:
    ((person,),) = logs.run(
        ref, "SELECT ref FROM audit_personkey WHERE sealed <> '' AND starts_with(ref, 'usr_') ORDER BY created_at LIMIT 1"
    )
    return str(person)


def keys(ref: TenantRef, person: str) -> list[tuple[object, ...]]:
    return logs.run(ref, f"SELECT sealed <> '' FROM audit_personkey WHERE ref = '{person}'")


def labels(ref: TenantRef, person: str) -> int:
    ((number,),) = logs.run(
        ref,
        f"SELECT count(*) FROM audit_entry WHERE (actor_id = '{person}' AND actor_label <> '') OR (subject = '{person}' AND subject_label <> '')",
    )
    return int(number)


@pytest.fixture
def journal(mill: TenantRef) -> Iterator[None]:
    """Whom the mill forgets is forgotten by home as well, in the end."""
    yield
    ForgottenPerson.objects.filter(tenant_id=mill.id).delete()


@pytest.mark.usefixtures("journal")
def test_who_was_forgotten_stays_forgotten_in_whatever_is_made_from_an_older_copy(mill: TenantRef, operator: Actor) -> None:
    person = person_of(mill)
    backup = copied.take("mill")
    with tenancy.activate(mill, purpose=Purpose.OPERATOR):
        audit.forget_person(person, reason="Asked for it.", actor=operator)
    assert forgotten.refs(mill.id) == [person]

    copy = restored(backup, actor=operator)
    now = replaced(backup, actor=operator)

    assert (keys(copy, person), labels(copy, person)) == ([(False,)], 0)
    assert (keys(now, person), labels(now, person)) == ([(False,)], 0)


@pytest.mark.usefixtures("journal")
def test_the_journal_notes_each_person_once(mill: TenantRef) -> None:
    for ref in ("usr_1", "usr_2", "usr_1"):
        forgotten.note(mill.id, ref)

    assert forgotten.refs(mill.id) == ["usr_1", "usr_2"]
    assert forgotten.refs(UUID(int=7)) == []


def test_matching_is_idempotent(mill: TenantRef) -> None:
    with connecting.owning(mill) as connection, connection.transaction(), connection.cursor() as cursor:
        wanted = partitions.read(cursor, schema=mill.schema)
        partitions.match(cursor, schema=mill.schema, wanted=wanted)
        found = partitions.read(cursor, schema=mill.schema)

    assert found == wanted
    assert wanted[-1] == Partition("audit_entry", "audit_entry_later", None, None)
