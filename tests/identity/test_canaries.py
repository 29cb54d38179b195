"""Secrets are planted by the product's own doors, and then looked for: in no log, answer, page, table, trail, export, copy or Redis value is any.

Another secret is one more line in `planting.py`; another place is one more test here.
"""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import orjson
import pytest
from django.conf import settings
from redis import Redis

from audit import actions as audit
from audit import queries as trail
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants.backups import archive, files
from tests import makers
from tests.conftest import ROOT
from tests.tenants import copied

pytestmark = pytest.mark.committed
OURS = {
    "MAIL_URL": "smtp://sender:canary-of-a-mail-password@127.0.0.1:9?tls=none",
    "SMS_URL": "http://ACCOUNT:canary-of-an-sms-token@127.0.0.1:9/Messages.json",
    "SMS_PROVIDER": "identity.sms_providers.twilio.send",
    "SMS_FROM": "Canaries",
    "SMS_COUNTRIES": "DE",
    "OUTBOUND_PRIVATE": "127.0.0.0/8",
    "LOG_LEVEL": "DEBUG",
    "LOG_FORMAT": "json",
    "ACCESS_LOG": "true",
    "AUDIT_LOG_LINE": "true",
}
OF_THE_INSTALLATION = {"mail password": ["canary-of-a-mail-password"], "SMS token": ["canary-of-an-sms-token"]}
EXPECTED = {
    "API key",
    "SMS number",
    "TOTP seed",
    "another session",
    "answer of api-keys",
    "answer of factor-enrolments",
    "answer of password-reset",
    "answer of people",
    "answer of recovery-codes",
    "data key",
    "invitation",
    "invitation on its way",
    "invitation that met a fault",
    "password",
    "password that met a fault",
    "recovery codes",
    "reset link",
    "session",
    "sign-in under way",
    "signing key",
    "stream token",
    "trusted browser",
    "wrong password",
}
ROWS = "SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM {table} t"
TABLES = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Planted:
    """A tenant with secrets in it, what was logged meanwhile, and what its doors answered."""

    ref: TenantRef
    canaries: dict[str, list[str]]
    answers: list[tuple[str, int, str]]
    log: str

    def found_in(self, text: str) -> list[str]:
        """The names of the secrets that stand in a text, in whatever form."""
        return [name for name, forms in self.canaries.items() if any(form in text for form in forms)]


@pytest.fixture(scope="module")
def planted(installation: None) -> Iterator[Planted]:
    with copied.tenant("canaries") as ref:
        environment = {**os.environ, **OURS}
        done = subprocess.run(
            [sys.executable, "-m", "tests.identity.planting", ref.slug],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        document = orjson.loads(done.stdout.splitlines()[-1])
        yield Planted(
            ref,
            document["canaries"] | OF_THE_INSTALLATION,
            document["answers"],
            done.stderr + "\n".join(done.stdout.splitlines()[:-1]),
        )


def test_every_kind_of_secret_is_planted_and_would_be_found(planted: Planted) -> None:
    assert planted.canaries.keys() == EXPECTED | OF_THE_INSTALLATION.keys()
    for name, forms in planted.canaries.items():
        assert all(len(form) >= 8 for form in forms), name
        assert all(name in planted.found_in(f"…{form}…") for form in forms)


def test_no_log_line_holds_any(planted: Planted) -> None:
    assert planted.found_in(planted.log) == []
    # The log tells of what it was asked to tell of, faults among it.
    for line in ("request.failed", "/sign-in", "/invitation/…", "Traceback"):
        assert line in planted.log, line


def test_no_answer_page_or_problem_holds_any(planted: Planted) -> None:
    shown = {what: planted.found_in(text) for what, _, text in planted.answers}

    assert {what: found for what, found in shown.items() if found} == {}
    assert len(shown) >= 60
    statuses = {what: status for what, status, _ in planted.answers if what.startswith("fault at")}
    assert set(statuses.values()) <= {500, 503}
    assert len(statuses) == 4


def test_no_table_holds_any_in_the_clear(planted: Planted) -> None:
    found = {}
    for alias, schema in ((planted.ref.cell, planted.ref.schema), (tenancy.HOME, "public")):
        with makers.superuser(alias) as connection:
            for place, table in connection.execute(TABLES, [[schema]]).fetchall():
                row = connection.execute(ROWS.format(table=f'"{place}"."{table}"').encode()).fetchone()
                assert row is not None
                if planted.found_in(row[0]):
                    found[table] = planted.found_in(row[0])

    assert found == {}


def test_no_entry_of_the_trail_holds_any(planted: Planted) -> None:
    with tenancy.activate(planted.ref, purpose=Purpose.OPERATOR):
        entries = trail.opened_all(trail.entries().order_by("id"))

    assert len(entries) > 10
    assert planted.found_in(orjson.dumps(entries, default=str).decode()) == []


def test_no_redis_value_holds_any(planted: Planted) -> None:
    held: list[str] = []
    for url in (settings.REDIS_URL, settings.CELERY_BROKER_URL.replace("redis+socket:", "unix:").replace("virtual_host=", "db=")):
        client = Redis.from_url(url, decode_responses=True, encoding="latin-1")
        for name in client.scan_iter():
            held.append(f"{name}{client.dump(name)!r}")
            if client.type(name) == "list":
                held += [str(message) for message in client.lrange(name, 0, -1)]
        client.close()

    messages = "\n".join(held)
    bodies = "\n".join(_bodies(held))
    assert "identity.mail_invitation" in messages
    assert planted.found_in(messages + bodies) == []


def _bodies(held: list[str]) -> Iterator[str]:
    """The bodies of waiting messages, which are base64 in the broker."""
    for text in held:
        if text.startswith("{"):
            yield base64.b64decode(orjson.loads(text)["body"]).decode()


def test_no_file_of_the_product_holds_any(planted: Planted) -> None:
    """Logs of the servers, what Redis wrote down of all that it ever held, exports; the tables themselves are looked at above."""
    files = [path for path in settings.VAR.rglob("*") if path.is_file() and "postgres" not in path.relative_to(settings.VAR).parts]

    assert {"postgres.log", "redis.log", "appendonly.aof"} <= {path.name for path in files}
    assert {str(path): found for path in files if (found := planted.found_in(path.read_bytes().decode("latin-1")))} == {}


def test_no_export_of_the_trail_holds_any(planted: Planted) -> None:
    with tenancy.activate(planted.ref, purpose=Purpose.SEAL):
        audit.seal_pending()
    with tenancy.activate(planted.ref, purpose=Purpose.OPERATOR):
        export = audit.start_export("jsonl", filters={}, actor=makers.OPERATOR)
        assert export.operation_id is not None
        audit.work_on_export(export.operation_id, actor=makers.OPERATOR)
        content = b"".join(trail.pieces_of(trail.export(export.pk))).decode()
        audit.remove_export(export.pk, actor=makers.OPERATOR)

    assert "identity.session.started" in content
    assert planted.found_in(content) == []


def test_no_copy_of_the_tenant_holds_any_even_when_it_is_opened(planted: Planted, platform: TenantRef) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        backup = copied.take(planted.ref.slug)
        members = copied.members(copied.plain_bytes(backup))
        tables = archive.read_manifest(files.path_of(backup)).tables
        texts = {table.name: copied.text_of(members, table.name).decode("latin-1") for table in tables}

    assert "planted@canaries.example" in texts["identity_user"]
    assert {name: planted.found_in(text) for name, text in texts.items() if planted.found_in(text)} == {}
