"""A rotation whose key service goes away, a process of its own that is stopped and started again: it waits, says so, and goes on by itself."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import call_command

from audit.models import PersonKey
from config.settings import ROOT
from identity import actions, documents, queries, tasks
from identity.data_keys import providers, replacing, resealing, store
from identity.data_keys.providers import transit
from identity.models import DataKey
from kernel import outbound, sealing, tenancy
from kernel.tenancy import Purpose, TenantRef
from operations import queries as operations
from operations.models import LEASE, Operation
from tests import makers, nameserver
from tests.conftest import Settings

pytestmark = pytest.mark.committed
PERSONS = 1_200
TOKEN = "kms-token-of-the-tests"
ACTOR = makers.OPERATOR


class KeyService:
    """`manage.py kms serve`, with its keys in a file, at one port whenever it runs."""

    def __init__(self, folder: Path) -> None:
        self.port = nameserver.free_port()
        self._file = folder / "keys.json"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Run until `stop`."""
        command = [sys.executable, "manage.py", "kms", "serve", "--port", str(self.port), "--file", str(self._file)]
        environment = {**os.environ, "KMS_TOKEN": TOKEN}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        self._process.stderr.readline()

    def stop(self) -> None:
        """End it, as a restart of its machine does."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()
            self._process = None


@pytest.fixture
def service(tmp_path: Path, settings: Settings, open_loopback: None) -> Iterator[KeyService]:
    """The service at work, with the product told to use it."""
    served = KeyService(tmp_path)
    settings.KEY_PROVIDER, settings.KMS_URL = "transit", f"http://127.0.0.1:{served.port}"
    settings.KMS_TOKEN, settings.KMS_KEY = TOKEN, "freehold"
    served.start()
    yield served
    served.stop()
    _fresh_worker()


@pytest.fixture
def kept(service: KeyService) -> Iterator[TenantRef]:
    """A tenant with many sealed values under a key that the service wrapped."""
    with makers.passing_tenant("waiting") as ref:
        with tenancy.activate(ref, purpose=Purpose.OPERATOR):
            replacing.wrap_again(present=queries.wrapping_key())
            PersonKey.objects.bulk_create(
                PersonKey(ref=f"tst_{number:05}", sealed=sealing.seal(b"k" * 32, context=f"audit.person:tst_{number:05}"))
                for number in range(PERSONS)
            )
        yield ref


def _fresh_worker() -> None:
    """As a process that has just been started: it has no key open, and has not heard of an outage."""
    store.forget_all()
    providers.PROVIDERS["transit"].forget()  # type: ignore[attr-defined]  # the one that remembers an outage


def _sweep(operation: Operation) -> Operation:
    """What beat and a worker do every ten seconds."""
    _fresh_worker()
    Operation.objects.filter(pk=operation.pk).update(created_at=operation.created_at - LEASE)
    for left in operations.abandoned():
        tasks.rotate_secrets.run(operation_id=str(left.pk))
    return operations.operation(operation.pk)


def _status(slug: str) -> dict[str, Any]:
    out = StringIO()
    with tenancy.outside():
        call_command("secrets", "status", "--tenant", slug, "--json", stdout=out)
    document: dict[str, Any] = orjson.loads(out.getvalue())["tenants"][0]
    return document


def _away_after_a_batch(service: KeyService, whole: Callable[[str], Iterator[resealing.Batch]]) -> Any:
    def batches(key_id: str) -> Iterator[resealing.Batch]:
        for batch in whole(key_id):
            yield batch
            if batch.table == "audit_personkey":
                service.stop()
                _fresh_worker()

    return batches


def test_a_rotation_waits_for_its_key_service_and_goes_on_by_itself(
    service: KeyService, kept: TenantRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenancy.activate(kept, purpose=Purpose.OPERATOR):
        operation = actions.start_rotation(actor=ACTOR)
        with monkeypatch.context() as patched:
            patched.setattr(resealing, "in_tenant", _away_after_a_batch(service, resealing.in_tenant))
            first = _sweep(operation)
        # Two minutes of it: more attempts than any other fault is given.
        later = [_sweep(operation) for _ in range(12)]
        told, half = _status(kept.slug), dict(queries.sealed_by_key())[first.result["key"]]

        service.start()
        done = _sweep(operation)

        assert [(left.state, left.result) for left in later] == [("queued", first.result)] * 12
        assert 0 < half == first.result["resealed"] < PERSONS
        assert (told["rotation"]["operation"], told["rotation"]["state"]) == (operation.public_id, "queued")
        assert told["rotation"]["problem"].startswith("The key service does not answer")
        assert (done.state, done.result["key"], done.problem) == ("succeeded", first.result["key"], None)
        assert done.result["resealed"] == done.result["total"]
        assert (DataKey.objects.count(), documents.of_secrets()["under_other_keys"]) == (2, 0)
        opened = {
            sealing.unseal(row.sealed, context=f"audit.person:{row.ref}")
            for row in PersonKey.objects.filter(ref__startswith="tst_")
        }
        assert opened == {b"k" * 32}
    assert _status(kept.slug)["rotation"] is None


def test_a_rotation_that_begins_while_the_service_is_away_makes_its_key_when_it_is_back(
    service: KeyService, kept: TenantRef
) -> None:
    service.stop()
    with tenancy.activate(kept, purpose=Purpose.OPERATOR):
        operation = actions.start_rotation(actor=ACTOR)
        waiting = [_sweep(operation) for _ in range(6)]
        keys = DataKey.objects.count()

        service.start()
        done = _sweep(operation)

        assert [(left.state, left.result) for left in waiting] == [("queued", {})] * 6
        assert (keys, done.state, DataKey.objects.count()) == (1, "succeeded", 2)


def test_the_command_says_what_it_waits_for_and_goes_on_when_it_is_called_again(
    service: KeyService, kept: TenantRef, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(verb: str) -> tuple[int, str]:
        """Exit code of the command, and what a person reads."""
        _fresh_worker()
        code = 0
        try:
            call_command("secrets", verb, "--tenant", kept.slug)
        except SystemExit as end:
            code = int(end.code or 0)
        return code, " ".join(capsys.readouterr().out.split())

    service.stop()
    waits, status = told("rotate"), told("status")
    service.start()
    done = told("rotate")

    sentence = f"{kept.slug}: the rotation waits (0 %). The key service does not answer"
    assert (waits[0], sentence in waits[1]) == (6, True)
    assert (status[0], sentence in status[1]) == (0, True)
    assert (done[0], "values are sealed under the new key" in done[1]) == (0, True)
    with tenancy.activate(kept, purpose=Purpose.OPERATOR):
        assert Operation.objects.filter(kind=queries.ROTATION_KIND).count() == 1


def test_the_key_service_is_asked_for_each_key_once_and_not_for_each_value(
    service: KeyService, kept: TenantRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    whole = transit._called

    def counted(url: str, given: dict[str, str] | None) -> outbound.Answer:
        asked.append(url.rpartition("/transit/")[2])
        return whole(url, given)

    with tenancy.activate(kept, purpose=Purpose.OPERATOR):
        operation = actions.start_rotation(actor=ACTOR)
        monkeypatch.setattr(transit, "_called", counted)
        done = _sweep(operation)

    assert (done.state, done.result["resealed"] >= PERSONS) == ("succeeded", True)
    assert sorted(asked) == ["decrypt/freehold", "decrypt/freehold", "encrypt/freehold"]
