"""Checks and evidence by API, command and task: what they answer, what they record, and how a command ends."""

import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.test import TestCase

from audit import actions, queries, tasks
from audit.evidence import Selection, verify
from audit.models import Checkpoint, Entry, Export
from audit.permissions import Permission
from audit.queries import checks
from audit.verifying import Depth
from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden
from kernel.tenancy import Purpose, TenantRef
from operations import queries as operations
from tests import makers
from tests.audit.conftest import happen
from tests.audit.tampering import tampering
from tests.caller import Caller


@pytest.fixture
def auditor(client: Caller) -> Caller:
    """Who may read and check acme's trail."""
    client.key = makers.make_key().secret
    return client


def command(*words: str) -> tuple[int, dict[str, Any]]:
    """How a verb of the command ends: exit code and document."""
    shown = io.StringIO()
    try:
        with redirect_stdout(shown):
            call_command("audit", *words, "--json", stdout=shown)
    except SystemExit as ended:
        return int(ended.code or 0), json.loads(shown.getvalue())
    return 0, json.loads(shown.getvalue())


def test_the_command_ends_with_0_1_and_2(
    acme: TenantRef, grown: list[Checkpoint], sealed: list[Entry], tmp_path: Path, settings: Any
) -> None:
    kept = tmp_path / "kept.note"
    kept.write_bytes(grown[0].note.encode())
    sound = command("verify", "--tenant", acme.slug, "--full", "--against", str(kept))
    settings.SEALING_KEYS = ("other:" + "A" * 43,)
    unclear = command("verify", "--tenant", acme.slug, "--full")
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = canonical || ' ' WHERE id = %s", sealed[2].pk)

    tampered = command("verify", "--tenant", acme.slug, "--full")

    assert (sound[0], sound[1]["answer"]) == (0, "sound")
    assert (unclear[0], unclear[1]["answer"]) == (2, "cannot_tell")
    assert (tampered[0], tampered[1]["answer"]) == (1, "tampered")
    first = tampered[1]["tenants"][0]["faults"][0]
    assert (first["entry"], first["what"]) == (sealed[2].public_id, f"the text of entry {sealed[2].public_id} was altered")
    assert "" not in {first["expected"], first["found"]}


def test_a_file_that_was_kept_needs_the_tenants_name_and_must_be_one(
    acme: TenantRef, grown: list[Checkpoint], tmp_path: Path
) -> None:
    nonsense = tmp_path / "nonsense"
    nonsense.write_bytes(b"\xff\xfe no checkpoint")

    unnamed = command("verify", "--against", str(nonsense))
    unread = command("verify", "--tenant", acme.slug, "--against", str(nonsense))
    missing = command("verify", "--tenant", acme.slug, "--against", str(tmp_path / "nowhere"))

    assert [unnamed[0], unread[0], missing[0]] == [2, 2, 2]
    assert "--tenant" in unnamed[1]["problem"]["detail"]


def test_a_bundle_is_written_checked_and_held_against_the_log(acme: TenantRef, grown: list[Checkpoint], tmp_path: Path) -> None:
    out = tmp_path / "bundle.zip"

    code, told = command("evidence", "--tenant", acme.slug, "--from-seq", "2", "--out", str(out))

    assert (code, told["evidence"]["first_seq"], told["evidence"]["entries"]) == (0, 2, grown[1].size - 1)
    assert verify.main([str(out), "--key", told["evidence"]["keys"][0]]) == 0
    assert command("verify", "--tenant", acme.slug, "--against", str(out))[0] == 0
    assert queries.entries(action="audit.evidence.taken").count() == 1


def test_lines_of_a_log_collector_are_read_from_a_file(acme: TenantRef, sealed: list[Entry], tmp_path: Path) -> None:
    lines = tmp_path / "collector.log"
    lines.write_text(f"x audit.entry {ids.show('ent', ids.new_id())} {'0' * 64}\n")

    code, told = command("verify", "--tenant", acme.slug, "--against-log", str(lines))

    assert (code, told["tenants"][0]["faults"][0]["check"]) == (1, "log")


def test_each_entry_leaves_a_line_once_it_is_committed_and_not_before(
    acme: TenantRef, owner: Actor, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.AUDIT_LOG_LINE = True

    with TestCase.captureOnCommitCallbacks(using=acme.cell) as waiting:
        identifier = happen(actor=owner)
    before = capsys.readouterr().out
    for callback in waiting:
        callback()

    mac = bytes(Entry.objects.get(pk=identifier).mac).hex()
    assert (before, capsys.readouterr().out) == ("", f"audit.entry {ids.show('ent', identifier)} {mac}\n")


def test_a_check_over_http_takes_a_kept_checkpoint(auditor: Caller, grown: list[Checkpoint]) -> None:
    told = auditor.post("/v1/audit/verification", {"depth": "full", "against": grown[0].note})
    refused = auditor.post("/v1/audit/verification", {"against": "nonsense"})

    assert (told.status_code, told.json()["answer"], told.json()["rests_on"]) == (200, "sound", None)
    assert refused.status_code == 422


def test_the_last_check_is_told(auditor: Caller, acme: TenantRef, sealed: list[Entry], owner: Actor) -> None:
    before = auditor.get("/v1/audit/verification").json()
    actions.verify_chain(actor=owner)
    after = auditor.get("/v1/audit/verification").json()
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = canonical || ' ' WHERE id = %s", sealed[2].pk)
    found = actions.verify_chain(actor=owner)

    worst = auditor.get("/v1/audit/verification").json()

    assert (before["state"], before["checked_at"], after["state"]) == ("never", None, "sound")
    assert (worst["state"], worst["broken_at"], worst["problem"]) == ("tampered", found.broken_at, found.reason)
    entry = queries.entries(action="audit.verification.failed").order_by("-id")[0]
    assert (entry.severity, entry.outcome) == (5, "failure")


def test_a_long_log_is_checked_by_a_job(
    auditor: Caller, acme: TenantRef, sealed: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "AT_ONCE_MAXIMUM", 2)

    asked = auditor.post("/v1/audit/verification", {"depth": "full"})
    again = auditor.post("/v1/audit/verification", {"depth": "full"})
    shown = queries.running_check()
    job = operations.operation(ids.parse("op", asked.json()["operation"]))
    tasks.verify.run(operation_id=str(job.pk))

    job.refresh_from_db()
    assert (asked.status_code, asked["Location"]) == (202, f"/v1/operations/{job.public_id}")
    assert again.json() == asked.json()
    assert (shown, queries.running_check()) == (job, None)
    assert (job.state, job.result["answer"], job.result["rests_on"]) == ("succeeded", "sound", None)
    assert queries.last_check().state == "sound"


def test_the_nightly_check_records_what_it_found(acme: TenantRef, sealed: list[Entry]) -> None:
    with tenancy.activate(acme, purpose=Purpose.OPERATOR):
        tasks.verify.run()

    assert queries.entries(action="audit.chain.verified").order_by("-id")[0].actor_id == "task:audit.verify"


def test_evidence_over_http_is_gathered_by_a_job_and_fetched(auditor: Caller, grown: list[Checkpoint]) -> None:
    asked = auditor.post("/v1/audit/evidence", {"from_seq": 2, "to_seq": 4})
    waiting = auditor.get(f"/v1/audit/evidence/{asked.json()['id']}/file")
    bundle = Export.objects.get(pk=ids.parse("exp", asked.json()["id"]))
    tasks.evidence.run(operation_id=str(bundle.operation_id))

    told = auditor.get(asked["Location"]).json()
    file = auditor.get(f"{asked['Location']}/file")

    content = b"".join(file.streaming_content)
    assert (asked.status_code, waiting.status_code, told["state"], told["entries"]) == (202, 409, "ready", 3)
    assert verify.checked(memoryview(content), [queries.verifiers()[0].verifier]).code == 0
    assert [row["id"] for row in auditor.get("/v1/audit/evidence").json()["data"]] == [told["id"]]
    assert auditor.get("/v1/audit/exports").json()["data"] == []
    assert auditor.get(f"/v1/audit/exports/{told['id']}").status_code == 404
    assert [queries.entries(action=f"audit.evidence.{what}").count() for what in ("asked", "taken", "fetched")] == [1, 1, 1]


def test_evidence_that_cannot_be_gathered_says_why(
    auditor: Caller, acme: TenantRef, sealed: list[Entry], grown: list[Checkpoint]
) -> None:
    asked = auditor.post("/v1/audit/evidence", {"from_seq": 1_000_000}).json()
    bundle = Export.objects.get(pk=ids.parse("exp", asked["id"]))
    tasks.evidence.run(operation_id=str(bundle.operation_id))

    told = auditor.get(f"/v1/audit/evidence/{asked['id']}").json()

    assert (told["state"], "hold sealed entries" in told["problem"]) == ("failed", True)


@pytest.mark.parametrize("body", [{"from_seq": 0}, {"from_seq": 5, "to_seq": 4}, {"filters": {"nonsense": "x"}}, {"surprise": 1}])
def test_a_selection_that_is_none_is_refused(auditor: Caller, body: dict[str, Any]) -> None:
    before = Export.objects.count()

    assert auditor.post("/v1/audit/evidence", body).status_code == 422
    assert Export.objects.count() == before


def test_checking_and_taking_evidence_need_their_permission(grown: list[Checkpoint]) -> None:
    reader = makers.person_actor(grants=frozenset({str(Permission.READ_ENTRIES)}))
    verifier = makers.person_actor(grants=frozenset({str(Permission.VERIFY)}))
    before = Entry.objects.count()

    for refused in (
        lambda: actions.start_verification(Depth.FULL, actor=reader),
        lambda: actions.start_evidence(Selection(), actor=reader),
        lambda: actions.take_evidence(Selection(), actor=reader),
        lambda: actions.take_evidence(Selection(is_readable=True), actor=verifier),
        lambda: actions.hand_out_evidence(UUID(int=1), actor=reader),
    ):
        with pytest.raises(Forbidden):
            refused()

    assert Entry.objects.count() == before
