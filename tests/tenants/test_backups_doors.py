"""Copies over HTTP and at a terminal: each verb, what it answers, and what it refuses. These tests commit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import queries as audit
from identity import actions as identity
from identity import queries as people
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from operations.models import Operation
from tenants import actions, queries
from tenants.backups import files
from tenants.backups.sealed import MAGIC
from tenants.models import Backup, Tenant
from tests import makers
from tests.caller import Caller
from tests.tenants import copied
from tests.tenants.commands import Ran, run

pytestmark = [pytest.mark.committed, pytest.mark.usefixtures("folder")]


@pytest.fixture
def ford() -> Iterator[TenantRef]:
    """A tenant of its own; its copies are gone afterwards."""
    with copied.tenant("ford") as ref:
        try:
            yield ref
        finally:
            copied.remove("ford-copy")


@pytest.fixture
def backup(ford: TenantRef) -> Backup:
    """A copy of it."""
    return copied.take("ford")


@pytest.fixture
def api(platform: TenantRef) -> Iterator[Caller]:
    """A program of the operator's; its person is deactivated afterwards, since people cannot be removed."""
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        found = people.people().filter(email="copies@platform.example").first()
        person = found or makers.make_person("copies@platform.example", roles=("owner",))
        created = identity.create_api_key("copies", scopes=["*"], actor=makers.actor_of(person))
    yield Caller(host="platform.localhost", key=created.secret)
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        identity.revoke_api_key(created.key.id, reason="The test is over.", actor=makers.OPERATOR)


def public_id(ref: TenantRef) -> str:
    """The id of a tenant as people see it."""
    return queries.tenant(ref.id).public_id


def told(subject: str, *, platform: TenantRef) -> list[tuple[str, str]]:
    """What platform's trail says of a copy, and who did it."""
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        return list(audit.entries(subject=subject).order_by("id").values_list("action", "actor_kind"))


def test_a_copy_is_asked_for_and_shown(api: Caller, ford: TenantRef, platform: TenantRef, operator: Actor) -> None:
    asked = api.post(f"/v1/tenants/{public_id(ford)}/backups")
    operation = asked.json()["operation"]
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        actions.work_on_backup(Operation.objects.get(kind="tenants.back_up", subject=public_id(ford)).id, actor=operator)
    listed = api.get(f"/v1/tenants/{public_id(ford)}/backups").json()["data"]
    everywhere = api.get("/v1/backups?q=ford&state=ready&kind=manual").json()["data"]
    one = api.get(f"/v1/backups/{listed[0]['id']}")

    assert (asked.status_code, asked["Location"]) == (202, f"/v1/operations/{operation}")
    assert (len(listed), everywhere) == (1, listed)
    assert (one.json(), one["ETag"]) == (listed[0], '"v2"')
    assert (listed[0]["tenant_slug"], listed[0]["state"], listed[0]["row_count"] > 5) == ("ford", "ready", True)
    assert "path" not in listed[0]
    assert api.get("/v1/backups?q=no-such-tenant").json()["data"] == []
    assert api.get("/v1/backups?state=lost").status_code == 422


def test_a_file_is_handed_out_sealed_and_plain_and_that_is_told(api: Caller, backup: Backup, platform: TenantRef) -> None:
    sealed = api.get(f"/v1/backups/{backup.public_id}/file")
    plain = api.get(f"/v1/backups/{backup.public_id}/file?form=plain")

    assert b"".join(sealed.streaming_content).startswith(MAGIC)
    assert "manifest.json" in copied.members(b"".join(plain.streaming_content))
    assert sealed["Content-Disposition"].startswith('attachment; filename="ford-')
    assert (plain["Content-Type"], plain["Cache-Control"]) == ("application/x-tar", "no-store")
    assert told(backup.public_id, platform=platform) == [("tenants.backup.handed_out", "key")] * 2


def test_who_may_read_about_copies_may_not_have_them(backup: Backup, platform: TenantRef) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        found = people.people().filter(email="reads@platform.example").first()
        person = found or makers.make_person("reads@platform.example", roles=("owner",))
        created = identity.create_api_key("reads", scopes=["read:tenants.backups"], actor=makers.actor_of(person))
    reader = Caller(host="platform.localhost", key=created.secret)

    seen = reader.get(f"/v1/backups/{backup.public_id}")
    refused = [
        reader.get(f"/v1/backups/{backup.public_id}/file"),
        reader.put(f"/v1/backups/{backup.public_id}/check"),
        reader.delete(f"/v1/backups/{backup.public_id}"),
        reader.post("/v1/restorations", {"backup": backup.public_id, "slug": "ford-copy"}),
    ]

    assert (seen.status_code, [answer.status_code for answer in refused]) == (200, [403] * 4)
    assert files.path_of(backup).is_file()


def test_a_trial_is_asked_for(api: Caller, backup: Backup, platform: TenantRef, operator: Actor) -> None:
    asked = api.put(f"/v1/backups/{backup.public_id}/check")
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        actions.work_on_check(Operation.objects.get(kind="tenants.check_backup", subject=backup.public_id).id, actor=operator)

    found = api.get(f"/v1/backups/{backup.public_id}").json()
    assert asked.status_code == 202
    assert (found["verify_ms"] > 0, found["fault"], found["verified_at"] is not None) == (True, "", True)


def test_a_copy_is_removed_with_its_etag_and_the_last_one_is_not(api: Caller, backup: Backup) -> None:
    newest = copied.take("ford")

    stale = api.delete(f"/v1/backups/{backup.public_id}", HTTP_IF_MATCH='"v1"')
    removed = api.delete(f"/v1/backups/{backup.public_id}", HTTP_IF_MATCH='"v2"')
    refused = api.delete(f"/v1/backups/{newest.public_id}")

    assert (stale.status_code, removed.status_code, refused.status_code) == (412, 204, 409)
    assert refused.json()["type"] == "/problems/backup-needed"
    assert (files.path_of(backup).exists(), files.path_of(newest).exists()) == (False, True)


def test_a_restore_is_asked_for_over_http(api: Caller, backup: Backup, platform: TenantRef, operator: Actor) -> None:
    asked = api.post("/v1/restorations", {"backup": backup.public_id, "slug": "ford-copy", "name": "Ford (copy)"})

    body = asked.json()
    row = Tenant.objects.get(slug="ford-copy")
    assert (asked.status_code, body["tenant"], row.state, row.name) == (202, row.public_id, "provisioning", "Ford (copy)")
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        operation = Operation.objects.get(kind="tenants.restore", subject=row.public_id)
        actions.work_on_restore(operation.id, actor=operator)
    assert api.get(asked["Location"]).json()["state"] == "succeeded"
    assert api.get(f"/v1/tenants/{row.public_id}").json()["state"] == "active"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"slug": "ford-copy", "replace": "ford"}, 422),
        ({"replace": "acme"}, 422),
        ({"slug": "ford"}, 409),
        ({"slug": "a"}, 422),
        ({"slug": "ford-copy", "cell": "nowhere"}, 422),
    ],
)
def test_a_restore_that_makes_no_sense_is_refused(
    api: Caller, backup: Backup, ford: TenantRef, body: dict[str, str], status: int
) -> None:
    count = Tenant.objects.count()

    answer = api.post("/v1/restorations", {"backup": backup.public_id, **body})

    assert (answer.status_code, Tenant.objects.count()) == (status, count), answer.content
    assert queries.tenant(ford.id).schema == ford.schema


def test_unknown_copies_are_not_found(api: Caller) -> None:
    missing = "bak_06f0kt8m1wfvx5r2c9h3qjz4ba"

    answers = [
        api.get(f"/v1/backups/{missing}"),
        api.get(f"/v1/backups/{missing}/file"),
        api.put(f"/v1/backups/{missing}/check"),
        api.delete("/v1/backups/nonsense"),
        api.post("/v1/restorations", {"backup": missing, "slug": "ford-copy"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5


def test_export_and_restore_at_a_terminal(ford: TenantRef, tmp_path: Path) -> None:
    before = copied.people(ford)
    plain = tmp_path / "ford.tar"

    exported = run("tenant", "export", "ford", "--to", str(plain), "--plain", "--inline", "--json")
    again = run("tenant", "export", "ford", "--to", str(plain), "--inline", "--json")
    restored = run("tenant", "restore", str(plain), "--as", "ford-copy", "--name", "Ford (copy)", "--inline", "--json")
    copied.add_people(ford, "mistake@ford.example")
    replaced = run("tenant", "restore", exported.data["backup"]["id"], "--replace", "ford", "--inline", "--json")

    assert (exported.code, again.code, restored.code, replaced.code) == (0, 2, 0, 0), (exported.out, restored.out, replaced.out)
    assert plain.stat().st_mode & 0o777 == 0o600
    assert exported.data["file"] == str(plain)
    assert (restored.data["state"], restored.data["tenant"]["slug"]) == ("succeeded", "ford-copy")
    makers.forget_caches()
    assert copied.people(queries.tenant_by_slug("ford").ref()) == before
    assert copied.people(queries.tenant_by_slug("ford-copy").ref()) == before


def test_a_dry_run_changes_nothing(ford: TenantRef, backup: Backup, tmp_path: Path, folder: Path) -> None:
    plain = tmp_path / "ford.tar"
    plain.write_bytes(copied.plain_bytes(backup))
    before = sorted(folder.rglob("*")), Backup.objects.count(), Tenant.objects.count(), Operation_count()

    dry = [
        run("tenant", "export", "ford", "--dry-run", "--json"),
        run("tenant", "restore", backup.public_id, "--as", "ford-copy", "--dry-run", "--json"),
        run("tenant", "restore", str(plain), "--as", "ford-copy", "--dry-run", "--json"),
        run("tenant", "restore", str(plain), "--replace", "ford", "--dry-run", "--json"),
        run("backup", "run", "--dry-run", "--json"),
        run("backup", "check", backup.public_id, "--dry-run", "--json"),
        run("backup", "drill", "--dry-run", "--json"),
        run("backup", "remove", backup.public_id, "--dry-run", "--json"),
        run("backup", "file", backup.public_id, "--to", str(tmp_path / "new"), "--dry-run", "--json"),
    ]

    assert [(one.code, one.data["dry_run"]) for one in dry] == [(0, True)] * 9
    assert (sorted(folder.rglob("*")), Backup.objects.count(), Tenant.objects.count(), Operation_count()) == before


def Operation_count() -> int:  # noqa: N802
    """How many operations platform has."""
    with tenancy.activate(queries.platform().ref(), purpose=Purpose.OPERATOR):
        return Operation.objects.count()


def test_the_verbs_of_backup(ford: TenantRef, backup: Backup, tmp_path: Path) -> None:
    newest = copied.take("ford")

    listed = run("backup", "list", "--tenant", "ford", "--json")
    shown = run("backup", "show", backup.public_id, "--json")
    checked = run("backup", "check", backup.public_id, "--json")
    drilled = run("backup", "drill", "--number", "50", "--json")
    given = run("backup", "file", backup.public_id, "--to", str(tmp_path / "given"), "--json")
    removed = run("backup", "remove", backup.public_id, "--json")
    for_people = [run("backup", "list"), run("backup", "show", newest.public_id)]

    assert [row["id"] for row in listed.data["backups"]] == [newest.public_id, backup.public_id]
    assert shown.data["backup"]["id"] == backup.public_id
    assert (checked.code, checked.data["backup"]["verify_ms"] > 0) == (0, True)
    assert (drilled.code, newest.public_id in {row["id"] for row in drilled.data["tried"]}) == (0, True)
    assert (given.code, (tmp_path / "given").read_bytes()[:16]) == (0, MAGIC)
    assert (removed.code, removed.data["backup"]["state"]) == (0, "removed")
    assert [one.code for one in for_people] == [0, 0]


def test_a_damaged_copy_makes_a_check_fail_and_a_file_that_is_none_a_restore(
    ford: TenantRef, backup: Backup, tmp_path: Path
) -> None:
    path = files.path_of(backup)
    path.write_bytes(path.read_bytes()[:-1])
    (tmp_path / "note").write_text("hello")

    codes = {
        "check": run("backup", "check", backup.public_id, "--json"),
        "restore damaged": run("tenant", "restore", backup.public_id, "--as", "ford-copy", "--inline", "--json"),
        "restore a note": run("tenant", "restore", str(tmp_path / "note"), "--as", "ford-copy", "--inline", "--json"),
        "restore nothing": run("tenant", "restore", str(tmp_path / "none"), "--as", "ford-copy", "--inline", "--json"),
        "remove the last": run("backup", "remove", copied.take("ford").public_id, "--json"),
        "unknown": run("backup", "show", "bak_06f0kt8m1wfvx5r2c9h3qjz4ba", "--json"),
        "plain without a place": run("tenant", "export", "ford", "--plain", "--json"),
        "the wrong slug": run("tenant", "restore", backup.public_id, "--replace", "acme", "--json"),
    }

    assert {name: ran.code for name, ran in codes.items()} == {
        "check": 6, "restore damaged": 5, "restore a note": 2, "restore nothing": 2, "remove the last": 5, "unknown": 3,
        "plain without a place": 2, "the wrong slug": 2,
    }  # fmt: skip
    assert isinstance(codes["check"], Ran)
    assert not Tenant.objects.filter(slug="ford-copy").exists()
