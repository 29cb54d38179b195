"""Who wraps data keys: a key service over HTTP, played by our own, which is a process with its keys in a file."""

import base64
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from audit.models import Stream
from config import checkups
from identity import actions, queries
from identity.data_keys import providers, replacing, store
from identity.data_keys.providers import Wrapped
from identity.local_kms.keyring import Keyring
from identity.local_kms.serving import Service
from identity.models import DataKey
from kernel import outbound, sealing, tenancy
from kernel.api import health
from kernel.problems import Unavailable
from kernel.sealing import Unsealable
from kernel.tenancy import Purpose
from tests import makers
from tests.caller import Caller
from tests.conftest import ROOT, Settings

TOKEN = "kms-token-of-the-tests"
PLACE, CONTEXT = "tests.row:1", "identity.data_key:a:b"


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    ring = Keyring(tmp_path / "keys.json")
    ring.ensure("freehold")
    return ring


@pytest.fixture
def service(keyring: Keyring, settings: Settings, open_loopback: None) -> Iterator[Service]:
    """The service, with the product told to use it."""
    with Service(keyring, token=TOKEN, port=0) as served:
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        settings.KEY_PROVIDER, settings.KMS_URL, settings.KMS_TOKEN, settings.KMS_KEY = "transit", served.url, TOKEN, "freehold"
        yield served
        served.shutdown()
        thread.join()
    providers.PROVIDERS["transit"].forget()  # type: ignore[attr-defined]  # the one that remembers an outage
    store.forget_all()


def _call(service: Service, path: str, body: dict[str, Any], *, token: str = TOKEN) -> tuple[int, dict[str, Any]]:
    answer = outbound.post(f"{service.url}{path}", body=orjson.dumps(body), headers={"x-vault-token": token})
    return answer.status, orjson.loads(answer.body)


def test_a_new_data_key_is_wrapped_by_the_service(service: Service) -> None:
    key = replacing.replace()

    sealed = sealing.seal(b"secret", context=PLACE)
    store.forget_all()
    assert (key.provider, key.wrapped_by, key.wrapped.startswith("vault:v1:")) == ("transit", "freehold:1", True)
    assert sealing.sealed_by(sealed) == ("v2", key.short_id)
    assert sealing.unseal(sealed, context=PLACE) == b"secret"


def test_a_key_that_the_ring_wrapped_moves_to_the_service_and_back(service: Service, settings: Settings) -> None:
    settings.KEY_PROVIDER = "ring"
    sealed = sealing.seal(b"secret", context=PLACE)
    settings.KEY_PROVIDER = "transit"

    there = replacing.wrap_again(present=providers.chosen().present())
    moved = DataKey.objects.get(state="active").wrapped_by
    settings.KEY_PROVIDER = "ring"
    back = replacing.wrap_again(present=providers.chosen().present())
    store.forget_all()

    assert (there, moved, back) == (DataKey.objects.count(), "freehold:1", DataKey.objects.count())
    assert sealing.unseal(sealed, context=PLACE) == b"secret"


def test_a_new_version_of_the_services_key_wraps_again_what_the_old_one_did(service: Service, keyring: Keyring) -> None:
    replacing.wrap_again(present=providers.chosen().present())
    sealed = sealing.seal(b"secret", context=PLACE)
    keyring.rotate("freehold")

    number = replacing.wrap_again(present=providers.chosen().present())
    store.forget_all()

    assert number == DataKey.objects.count()
    assert set(DataKey.objects.values_list("wrapped_by", flat=True)) == {"freehold:2"}
    assert sealing.unseal(sealed, context=PLACE) == b"secret"


def test_open_keys_go_on_while_the_service_is_away_and_others_are_refused(service: Service, settings: Settings) -> None:
    replacing.wrap_again(present=providers.chosen().present())
    sealed = sealing.seal(b"secret", context=PLACE)
    known = store._opened(store._asked(store.ACTIVE, []) or ())
    store._remember(store._place(known.key_id), known, until=1e12)
    settings.KMS_URL = "http://127.0.0.1:9"

    assert sealing.unseal(sealed, context=PLACE) == b"secret"
    assert sealing.sealed_by(sealing.seal(b"another", context=PLACE))[1] == known.key_id
    store.forget_all()
    with pytest.raises(Unavailable, match="key service does not answer"):
        sealing.unseal(sealed, context=PLACE)
    with pytest.raises(Unavailable, match="key service does not answer"):
        replacing.replace()
    assert DataKey.objects.get(state="active").short_id == known.key_id


def test_a_service_that_is_away_is_told_to_whoever_watches(service: Service, settings: Settings) -> None:
    settings.HEALTH_PARTS = {"key_service": "identity.queries.wrapping_key"}
    there = (checkups.key_provider(), Caller(host="acme.localhost").get("/status").json()["parts"]["key_service"]["state"])
    settings.KMS_URL = "http://127.0.0.1:9"
    health.forget()

    away = (checkups.key_provider(), Caller(host="acme.localhost").get("/status"))

    assert (there[0].level, there[0].detail, there[1]) == ("ok", "transit wraps with freehold:1.", "ok")
    assert (away[0].level, away[1].status_code, away[1].json()["parts"]["key_service"]["state"]) == ("fail", 503, "away")
    assert "KMS_TOKEN" in away[0].fix
    assert Caller(host="acme.localhost").get("/readyz").status_code == 200


@pytest.mark.committed
def test_a_request_that_needs_a_key_that_is_not_open_is_refused_and_stores_nothing(service: Service, settings: Settings) -> None:
    wanted = {"kind": "https", "name": "s", "settings": {"url": "https://127.0.0.1:9/audit"}, "secret": {"signing_key": "k" * 32}}
    with makers.passing_tenant("keyless") as ref:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            caller = Caller(host=f"{ref.slug}.localhost", key=makers.make_key().secret)
        store.forget_all()
        makers.forget_caches()
        settings.KMS_URL = "http://127.0.0.1:9"

        refused = caller.post("/v1/audit/streams", wanted)

        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            assert Stream.objects.count() == 0
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/unavailable")
    assert "127.0.0.1" not in refused.content.decode()


def test_the_rows_of_a_bulk_change_wait_for_a_service_that_is_away(service: Service, settings: Settings) -> None:
    owner = makers.actor_of(makers.make_person("chief@acme.example", roles=("owner",)))
    settings.MAIL_URL = "smtp://127.0.0.1:9"
    rows = queries.bulk_file_rows(b"email,name\nada@acme.example,Ada\n", kind="invite")
    run = actions.start_bulk("invite", rows=rows, actor=owner)
    replacing.replace()
    store.forget_all()
    settings.KMS_URL = "http://127.0.0.1:9"

    actions.work_on_bulk(run.operation_id, actor=makers.OPERATOR)  # type: ignore[arg-type]  # it is queued

    assert (queries.bulk_standing(run).state, queries.bulk_counts(run)["waiting"]) == ("running", 1)


def test_a_service_that_is_away_is_not_asked_again_at_once(service: Service, settings: Settings) -> None:
    settings.KMS_URL = "http://127.0.0.1:9"
    with pytest.raises(Unavailable):
        providers.chosen().wrap(b"k" * 32, context=CONTEXT)
    settings.KMS_URL = service.url

    with pytest.raises(Unavailable):
        providers.chosen().wrap(b"k" * 32, context=CONTEXT)
    providers.PROVIDERS["transit"].forget()  # type: ignore[attr-defined]  # as above
    assert providers.chosen().wrap(b"k" * 32, context=CONTEXT).by == "freehold:1"


def test_the_service_refuses_what_was_wrapped_for_another_place(service: Service) -> None:
    wrapped = providers.chosen().wrap(b"k" * 32, context=CONTEXT)

    assert providers.chosen().unwrap(wrapped, context=CONTEXT) == b"k" * 32
    with pytest.raises(Unsealable, match="status 400"):
        providers.chosen().unwrap(wrapped, context="identity.data_key:a:c")


def test_a_token_that_the_service_does_not_know_any_more_opens_nothing_and_is_no_fault_of_the_key(
    service: Service, settings: Settings
) -> None:
    wrapped: Wrapped = providers.chosen().wrap(b"k" * 32, context=CONTEXT)
    settings.KMS_TOKEN = "another"

    for attempt in (
        lambda: providers.chosen().unwrap(wrapped, context=CONTEXT),
        lambda: providers.chosen().wrap(b"k" * 32, context=CONTEXT),
        lambda: providers.chosen().present(),
    ):
        providers.PROVIDERS["transit"].forget()  # type: ignore[attr-defined]  # the one that remembers an outage
        with pytest.raises(Unavailable, match="key service does not answer"):
            attempt()


def test_a_tenants_keys_move_to_another_key_of_the_service(service: Service, keyring: Keyring, settings: Settings) -> None:
    replacing.wrap_again(present=providers.chosen().present())
    sealed = sealing.seal(b"secret", context=PLACE)
    keyring.ensure("second")
    settings.KMS_KEY = "second"
    store.forget_all()
    opened = sealing.unseal(sealed, context=PLACE)

    replacing.wrap_again(present=providers.chosen().present())
    store.forget_all()

    assert set(DataKey.objects.values_list("wrapped_by", flat=True)) == {"second:1"}
    assert (opened, sealing.unseal(sealed, context=PLACE)) == (b"secret", b"secret")


@pytest.mark.parametrize("name", ["", "../../sys/seal", "a/b", "a?b", "é"])
def test_no_other_address_of_the_service_is_called_by_a_changed_row(service: Service, name: str) -> None:
    with pytest.raises(Unsealable, match="no key of a key service"):
        providers.chosen().unwrap(Wrapped("vault:v1:AAAA", by=f"{name}:1"), context=CONTEXT)


def test_a_network_that_is_not_let_through_is_not_called(service: Service, settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE = ()

    with pytest.raises(Unavailable):
        providers.chosen().present()


def test_something_that_is_no_data_key_is_not_taken_for_one(service: Service, keyring: Keyring) -> None:
    text = keyring.encrypt("freehold", plain=b"short", context=CONTEXT.encode())

    with pytest.raises(Unsealable, match="no data key"):
        providers.chosen().unwrap(Wrapped(text, by="freehold:1"), context=CONTEXT)


def test_a_provider_that_nobody_knows_is_refused() -> None:
    DataKey.objects.update(provider="punchcard")
    store.forget_all()

    with pytest.raises(Unsealable, match="punchcard"):
        sealing.seal(b"secret", context=PLACE)
    store.forget_all()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/transit/encrypt/freehold", {}, 400),
        ("/v1/transit/encrypt/freehold", {"plaintext": "no base64!"}, 400),
        ("/v1/transit/encrypt/other", {"plaintext": "AAAA"}, 400),
        ("/v1/transit/decrypt/freehold", {"ciphertext": "vault:v9:AAAA"}, 400),
        ("/v1/transit/decrypt/freehold", {"ciphertext": 7}, 400),
        ("/v1/secret/data/all", {}, 400),
        ("/", {}, 400),
    ],
)
def test_the_service_refuses_nonsense(service: Service, path: str, body: dict[str, Any], status: int) -> None:
    assert _call(service, path, body)[0] == status


def test_the_service_wraps_again_under_its_newest_version(service: Service) -> None:
    given = {"plaintext": base64.b64encode(b"k" * 32).decode(), "associated_data": ""}
    first = _call(service, "/v1/transit/encrypt/freehold", given)[1]["data"]["ciphertext"]
    assert _call(service, "/v1/transit/keys/freehold/rotate", {}) == (200, {"data": {"latest_version": 2}})

    again = _call(service, "/v1/transit/rewrap/freehold", {"ciphertext": first})[1]["data"]["ciphertext"]

    opened = _call(service, "/v1/transit/decrypt/freehold", {"ciphertext": again})[1]["data"]["plaintext"]
    assert (first[:9], again[:9], base64.b64decode(opened)) == ("vault:v1:", "vault:v2:", b"k" * 32)


def test_its_keys_outlive_the_service_and_only_its_user_reads_them(keyring: Keyring, tmp_path: Path) -> None:
    text = keyring.encrypt("freehold", plain=b"secret", context=b"c")

    path = tmp_path / "keys.json"
    assert Keyring(path).decrypt("freehold", text=text, context=b"c") == b"secret"
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_command_serves_in_a_process_of_its_own(open_loopback: None, tmp_path: Path) -> None:
    environment = {**os.environ, "KMS_TOKEN": TOKEN}
    command = [sys.executable, "manage.py", "kms", "serve", "--port", "0", "--file", str(tmp_path / "k.json")]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        url = next(word.rstrip(";") for word in line.split() if word.startswith("http://127.0.0.1:"))
        answer = outbound.get(f"{url}/v1/transit/keys/freehold", headers={"x-vault-token": TOKEN})
        stranger = outbound.get(f"{url}/v1/transit/keys/freehold", headers={"x-vault-token": "x"})
        process.terminate()
        process.communicate()

    assert (answer.status, orjson.loads(answer.body)["data"]["latest_version"], stranger.status) == (200, 1, 403)
    assert process.returncode == 0
