"""Sealing everything again under a new key: nothing is lost, and nothing is sealed twice."""

from datetime import timedelta
from io import StringIO
from typing import Any

import orjson
import pytest
from django.conf import settings as django_settings
from django.core.management import call_command

from audit.models import PersonKey, Stream
from audit.models import SigningKey as LogKey
from identity import actions, documents, queries
from identity.data_keys import places, replacing, resealing
from identity.models import DataKey
from identity.problems import RotationRunning
from kernel import clock, sealing, tenancy
from kernel.problems import Forbidden
from kernel.sealing import Unsealable
from kernel.tenancy import Purpose, TenantRef
from operations import queries as operations
from operations.models import Operation
from tenants import addresses
from tenants.models import Cell
from tests import makers
from tests.caller import Caller
from tests.conftest import Settings
from tests.identity.trail import newest, nothing_recorded, recorded

ACTOR = makers.OPERATOR


def _stream(text: str = "") -> Stream:
    stream = Stream(name=f"out {Stream.objects.count()}", kind="webhook")
    stream.sealed_secret = text or sealing.seal(b'{"token": "t"}', context=f"audit.stream:{stream.pk}")
    stream.save()
    return stream


def _rotate() -> dict[str, Any]:
    operation = actions.begin_rotation(actor=ACTOR)
    actions.work_on_rotation(operation.id, actor=ACTOR)
    return documents.of_rotation(operations.operation(operation.id))


def _opened(stream: Stream) -> bytes:
    stream.refresh_from_db()
    return sealing.unseal(stream.sealed_secret, context=f"audit.stream:{stream.pk}")


def test_everything_is_under_the_new_key_and_still_opens() -> None:
    stream, closed = _stream(), _stream(text="v1.gone.AAAA")
    before = DataKey.objects.get(state="active").short_id

    rotation = _rotate()

    after = DataKey.objects.get(state="active").short_id
    assert _opened(stream) == b'{"token": "t"}'
    assert (rotation["state"], rotation["key"], rotation["closed"]) == ("succeeded", after, 1)
    assert sealing.sealed_by(Stream.objects.get(pk=stream.pk).sealed_secret) == ("v2", after)
    assert Stream.objects.get(pk=closed.pk).sealed_secret == "v1.gone.AAAA"
    assert queries.sealed_by_key().get(before, 0) == 0
    assert documents.of_secrets()["under_other_keys"] == 1
    told = newest("identity.secrets.rotated")["details"]
    assert (told["key"], told["resealed"], told["closed"]) == (after, rotation["resealed"], 1)


def test_old_values_under_the_ring_move_to_the_tenants_key() -> None:
    stream = _stream()
    Stream.objects.filter(pk=stream.pk).update(sealed_secret=sealing.seal_at_home(b"{}", context=f"audit.stream:{stream.pk}"))
    assert documents.of_secrets()["under_the_ring"] == 1

    _rotate()

    assert (documents.of_secrets()["under_the_ring"], _opened(stream)) == (0, b"{}")


def test_a_forgotten_person_stays_forgotten() -> None:
    PersonKey.objects.create(ref="usr_gone", sealed="")

    _rotate()

    assert PersonKey.objects.get(ref="usr_gone").sealed == ""


def test_the_logs_own_key_is_sealed_again_with_the_sealers_rights_alone() -> None:
    key_id = "018f0000-0000-7000-8000-000000000001"
    place = f"audit.signing_key:{tenancy.current().id}:{key_id}"
    with tenancy.activate(tenancy.current(), purpose=Purpose.SEAL):
        LogKey.objects.create(
            id=key_id,
            epoch=9,
            origin=f"x/audit/{tenancy.current().id}/9",
            public=b"p" * 32,
            sealed_private=sealing.seal(b"s" * 32, context=place),
        )

    rotation = _rotate()

    text = LogKey.objects.get(id=key_id).sealed_private
    assert sealing.sealed_by(text) == ("v2", rotation["key"])
    assert sealing.unseal(text, context=place) == b"s" * 32


def test_the_old_key_retires_once_no_process_can_seal_with_it_any_more() -> None:
    sealing.seal(b"x", context="tests")
    old = DataKey.objects.get(state="active")
    _rotate()
    assert DataKey.objects.get(pk=old.pk).state == "retiring"

    DataKey.objects.filter(state="active").update(created_at=clock.now() - replacing.SETTLED_AFTER - timedelta(seconds=1))
    done = actions.settle_secrets(present=queries.wrapping_key(), actor=ACTOR)

    assert done == {"resealed": 0, "retired": 1, "dropped": 0, "rewrapped": 0}
    assert DataKey.objects.get(pk=old.pk).state == "retired"
    assert newest("identity.secrets.keys_retired")["details"]["keys"] == [old.short_id]


def test_what_another_process_sealed_with_the_old_key_meanwhile_is_sealed_again_before_it_retires() -> None:
    stray = sealing.seal(b"{}", context="audit.stream:018f0000-0000-7000-8000-000000000002")
    old = DataKey.objects.get(state="active")
    _rotate()
    Stream.objects.create(id="018f0000-0000-7000-8000-000000000002", name="late", kind="webhook", sealed_secret=stray)
    DataKey.objects.filter(state="active").update(created_at=clock.now() - replacing.SETTLED_AFTER - timedelta(seconds=1))

    done = actions.settle_secrets(present=queries.wrapping_key(), actor=ACTOR)

    assert (done["resealed"], done["retired"]) == (1, 1)
    assert _opened(Stream.objects.get(name="late")) == b"{}"
    assert queries.sealed_by_key().get(old.short_id, 0) == 0


def test_a_retired_key_opens_what_is_on_its_way_and_is_destroyed_long_after() -> None:
    sealed = sealing.seal(b"on its way", context="tests")
    old = DataKey.objects.get(state="active")
    _rotate()
    DataKey.objects.filter(pk=old.pk).update(state="retired", retired_at=clock.now() - timedelta(days=15))
    assert (replacing.drop(), sealing.unseal(sealed, context="tests")) == (0, b"on its way")

    DataKey.objects.filter(pk=old.pk).update(retired_at=clock.now() - timedelta(days=60))

    assert replacing.drop() == 1
    assert not DataKey.objects.filter(pk=old.pk).exists()


def test_a_key_that_something_came_under_after_it_retired_is_not_destroyed_before_that_is_sealed_again() -> None:
    stray = sealing.seal(b"{}", context="audit.stream:018f0000-0000-7000-8000-000000000003")
    old = DataKey.objects.get(state="active")
    _rotate()
    DataKey.objects.filter(pk=old.pk).update(state="retired", retired_at=clock.now() - timedelta(days=60))
    Stream.objects.create(id="018f0000-0000-7000-8000-000000000003", name="late", kind="webhook", sealed_secret=stray)
    assert (replacing.drop(), DataKey.objects.filter(pk=old.pk).exists()) == (0, True)

    done = actions.settle_secrets(present=queries.wrapping_key(), actor=ACTOR)

    assert (done["resealed"], done["dropped"]) == (1, 1)
    assert _opened(Stream.objects.get(name="late")) == b"{}"


def test_a_value_that_changes_while_it_is_sealed_again_stays_as_it_was_changed() -> None:
    stream = _stream()
    place = next(place for place in places.of_tenants() if place.table == "audit_stream")
    key = replacing.replace()

    def changed(text: str, context: str) -> str:
        Stream.objects.filter(pk=stream.pk).update(sealed_secret="v1.newer.AAAA")
        return sealing.reseal(text, context=context, key_id=key.short_id)

    batch, _ = resealing._resealed(
        place, last=resealing.FIRST["uuid"], beginning=f"v2.{key.short_id}.", alias=tenancy.current_alias(), reseal=changed
    )

    assert batch.resealed == 0
    assert Stream.objects.get(pk=stream.pk).sealed_secret == "v1.newer.AAAA"


def test_under_a_new_key_that_does_not_open_nothing_is_taken_for_lost() -> None:
    stream = _stream()
    new = replacing.replace()
    DataKey.objects.filter(pk=new.pk).update(wrapped="v1.gone.AAAA")

    with pytest.raises(Unsealable, match="no key 'gone'"):
        list(resealing.in_tenant(new.short_id))

    assert _opened(stream) == b'{"token": "t"}'


def test_one_rotation_is_at_work_at_a_time() -> None:
    first = actions.start_rotation(actor=ACTOR)

    with nothing_recorded(), pytest.raises(RotationRunning) as refusal:
        actions.start_rotation(actor=ACTOR)

    assert refusal.value.fields == {"operation": first.public_id}
    assert Operation.objects.filter(kind=queries.ROTATION_KIND).count() == 1


def test_without_the_permission_nothing_is_rotated() -> None:
    stranger = makers.person_actor(grants=frozenset({"read:*"}))

    with nothing_recorded(), pytest.raises(Forbidden):
        actions.start_rotation(actor=stranger)

    assert not Operation.objects.filter(kind=queries.ROTATION_KIND).exists()


def test_after_a_change_of_the_ring_the_keys_are_wrapped_under_its_first(settings: Settings) -> None:
    sealed = sealing.seal(b"secret", context="tests")
    former = django_settings.SEALING_KEYS
    new = "fresh:" + "B" * 43
    settings.SEALING_KEYS = (new, *former)

    done = actions.settle_secrets(present=queries.wrapping_key(), actor=ACTOR)
    settings.SEALING_KEYS = (new,)

    assert done["rewrapped"] == DataKey.objects.count()
    assert set(DataKey.objects.values_list("wrapped_by", flat=True)) == {"fresh"}
    assert sealing.unseal(sealed, context="tests") == b"secret"
    assert newest("identity.secrets.keys_rewrapped")["details"]["wrapped_by"] == "fresh"


def test_the_doors_tell_and_start(root: Caller) -> None:
    _stream()
    told = root.get("/v1/secrets").json()
    missing = root.get("/v1/secrets/rotation")
    started = root.post("/v1/secrets/rotation")
    again = root.post("/v1/secrets/rotation")
    keys = root.get("/v1/secrets/keys?state=active").json()["data"]

    assert told["values"] >= 1
    assert {"table": "audit_stream", "values": 1, "under_other_keys": 0} in told["places"]
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/secrets-rotation-not-found")
    assert (started.status_code, started.json()["state"], started["Location"]) == (202, "queued", "/v1/secrets/rotation")
    assert (again.status_code, again.json()["operation"]) == (409, started.json()["operation"])
    assert [key["state"] for key in keys] == ["active"]
    assert "wrapped" not in keys[0]
    assert root.get("/v1/secrets/rotation").json() == started.json()


def test_who_may_only_read_may_not_rotate(client: Caller) -> None:
    client.key = makers.make_key(scopes=("read:*",)).secret

    assert client.get("/v1/secrets").status_code == 200
    assert client.post("/v1/secrets/rotation").status_code == 403
    assert recorded("identity.secrets.rotation_started") == []


def _run(*arguments: str) -> tuple[int, dict[str, Any]]:
    out, code = StringIO(), 0
    with tenancy.outside():
        try:
            call_command("secrets", *arguments, "--json", stdout=out)
        except SystemExit as end:
            code = int(end.code or 0)
    return code, orjson.loads(out.getvalue())


def test_the_command_rotates_and_a_rehearsal_leaves_everything() -> None:
    stream = _stream()
    text = stream.sealed_secret

    rehearsed = _run("rotate", "--tenant", "acme", "--dry-run")
    assert Stream.objects.get(pk=stream.pk).sealed_secret == text
    done = _run("rotate", "--tenant", "acme")

    assert (rehearsed[0], rehearsed[1]["dry_run"], rehearsed[1]["rotations"][0]["state"]) == (0, True, "succeeded")
    assert (done[0], done[1]["rotations"][0]["tenant"], done[1]["rotations"][0]["state"]) == (0, "acme", "succeeded")
    assert _opened(stream) == b'{"token": "t"}'
    assert [entry["actor"]["id"] for entry in recorded("identity.secrets.rotated")] == ["command:secrets"]


def test_the_command_counts_and_needs_one_tenant_or_all() -> None:
    _stream()

    code, document = _run("status", "--tenant", "acme")

    assert (code, document["tenants"][0]["tenant"], document["tenants"][0]["under_other_keys"]) == (0, "acme", 0)
    assert document["ring"] == [{"key": sealing.ring_key_id(), "needed_by": DataKey.objects.count()}]
    assert (_run("status")[0], _run("status", "--all", "--tenant", "acme")[0]) == (2, 2)


def test_a_tenant_whose_keys_cannot_be_opened_does_not_keep_the_others_from_being_wrapped_again(
    globex: TenantRef, settings: Settings
) -> None:
    sealed = sealing.seal(b"secret", context="tests")
    with tenancy.activate(globex, purpose=Purpose.OPERATOR):
        sealing.seal(b"secret", context="tests")
        DataKey.objects.update(wrapped="v1.gone.AAAA", wrapped_by="gone")
    settings.SEALING_KEYS = ("fresh:" + "B" * 43, *django_settings.SEALING_KEYS)

    code, document = _run("rewrap", "--all")

    assert (code, document["wrapped_by"], document["failed"]) == (6, "fresh", {"globex": "no key 'gone' in the ring"})
    assert document["keys"]["acme"] == DataKey.objects.filter(wrapped_by="fresh").count() >= 1
    assert sealing.unseal(sealed, context="tests") == b"secret"


def test_a_rehearsal_of_wrapping_again_leaves_tenants_and_home_as_they_are(settings: Settings) -> None:
    sealing.seal(b"secret", context="tests")
    cell = Cell.objects.create(name="far", region_id="local", sealed_url=addresses.sealed("far", "postgres://far/one"))
    before = (cell.sealed_url, list(DataKey.objects.values_list("wrapped", flat=True)))
    settings.SEALING_KEYS = ("fresh:" + "B" * 43, *django_settings.SEALING_KEYS)

    code, rehearsed = _run("rewrap", "--all", "--dry-run")
    kept = (Cell.objects.get(name="far").sealed_url, list(DataKey.objects.values_list("wrapped", flat=True)))
    done = _run("rewrap", "--all")[1]

    assert (code, rehearsed["dry_run"], rehearsed["home"]["resealed"], kept) == (0, True, done["home"]["resealed"], before)
    assert sealing.sealed_by(Cell.objects.get(name="far").sealed_url) == ("v1", "fresh")
    assert addresses.unsealed("far", Cell.objects.get(name="far").sealed_url) == "postgres://far/one"
