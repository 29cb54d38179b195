"""Anchors: who is given checkpoints, and what their answers are worth. The far ends are real: a mail server and a witness."""

import ipaddress
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from audit import actions, cosignatures, notes, queries, signing
from audit.actions import WantedAnchor
from audit.doctor import delays
from audit.models import Anchor, Checkpoint, Entry, Receipt
from audit.permissions import Permission
from audit.problems import AnchorNameTaken
from audit.witnessing.judging import Witness
from audit.witnessing.remembering import Memory
from audit.witnessing.serving import Server
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, Invalid, PreconditionFailed, UnsafeAddress
from kernel.tenancy import Purpose, TenantRef
from tests import mailbox, makers
from tests.audit.conftest import happen, seal
from tests.conftest import Settings
from tests.listeners import CA_PEM, Reply, http_sink
from tests.mailbox import Mailbox

NAME, PRIVATE = "witness.example/w1", bytes(range(32))
VERIFIER = cosignatures.verifier_key(NAME, notes.public_of(PRIVATE))


@pytest.fixture(autouse=True)
def open_loopback(settings: Settings) -> None:
    """The far ends of these tests stand on loopback."""
    settings.OUTBOUND_PRIVATE = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


@pytest.fixture
def signed(acme: TenantRef, owner: Actor) -> Checkpoint:
    return grow(acme, actor=owner)


def grow(ref: TenantRef, *, actor: Actor) -> Checkpoint:
    """Another entry, sealed and signed."""
    happen(actor=actor)
    seal(ref)
    with tenancy.activate(ref, purpose=Purpose.SEAL):
        while signing.is_behind():
            actions.sign_log()
    return queries.latest_checkpoint()


def add(kind: str, *, actor: Actor, secret: dict[str, str] | None = None, **settings: Any) -> Anchor:
    return actions.add_anchor(kind, wanted=WantedAnchor(name=f"The {kind}", settings=settings, secret=secret), actor=actor)


def give(anchor: Anchor) -> actions.Given:
    """As the task does when the time has come."""
    Anchor.objects.filter(pk=anchor.pk).update(next_at=clock.now() - timedelta(seconds=1))
    return actions.anchor_due(anchor.pk, actor=makers.OPERATOR)


@pytest.fixture
def box(settings: Settings) -> Iterator[Mailbox]:
    with mailbox.listening() as listening:
        settings.MAIL_URL = listening.url
        yield listening


def test_a_checkpoint_is_mailed_with_the_key_that_checks_it(box: Mailbox, signed: Checkpoint, owner: Actor) -> None:
    anchor = add("mail", actor=owner, to="audit@acme.example; board@acme.example")

    given = give(anchor)

    assert given.receipt is not None
    assert list(json.loads(bytes(given.receipt.receipt))["taken_at"]) == ["audit@acme.example", "board@acme.example"]
    _, to, message = box.taken[0]
    text = message.get_payload(decode=True).decode()  # type: ignore[union-attr]  # bytes, for the mail has one part
    newest = queries.latest_checkpoint()
    assert (len(box.taken), to) == (2, ["audit@acme.example"])
    assert newest.note in text.replace("\r\n", "\n")
    assert queries.verifiers()[0].verifier in text


def test_a_checkpoint_is_given_once(box: Mailbox, signed: Checkpoint, acme: TenantRef, owner: Actor) -> None:
    anchor = add("mail", actor=owner, to="audit@acme.example")
    grow(acme, actor=owner)
    give(anchor)

    again = give(anchor)

    assert (again.receipt, again.fault, len(box.taken)) == (None, "", 1)
    assert Receipt.objects.count() == 1
    assert Anchor.objects.get().next_at > clock.now() + timedelta(hours=23)


def test_an_anchor_whose_time_has_not_come_is_left_alone(box: Mailbox, signed: Checkpoint, owner: Actor) -> None:
    anchor = add("mail", actor=owner, to="audit@acme.example")
    Anchor.objects.update(next_at=clock.now() + timedelta(minutes=1))

    assert actions.anchor_due(anchor.pk, actor=makers.OPERATOR) == actions.Given()
    assert queries.anchors_due() == []
    assert box.taken == []


def test_a_refusal_postpones_and_the_third_is_recorded(box: Mailbox, signed: Checkpoint, owner: Actor) -> None:
    anchor = add("mail", actor=owner, to="busy@acme.example")

    first = give(anchor)
    waits = Anchor.objects.get().next_at - clock.now()
    give(anchor)
    before = queries.entries(action="audit.anchor.failed").count()
    give(anchor)
    give(anchor)

    assert "450" in first.fault
    assert timedelta(seconds=50) < waits <= timedelta(seconds=60)
    assert (before, queries.entries(action="audit.anchor.failed").count()) == (0, 1)
    row = Anchor.objects.get()
    assert (row.attempts, queries.anchor_state(row), Receipt.objects.count()) == (4, "failing", 0)


def test_an_anchor_that_takes_checkpoints_again_says_so(box: Mailbox, signed: Checkpoint, owner: Actor) -> None:
    anchor = add("mail", actor=owner, to="busy@acme.example")
    for _ in range(3):
        give(anchor)
    Anchor.objects.update(settings={"to": "audit@acme.example"})

    given = give(anchor)

    assert given.receipt is not None
    assert queries.entries(action="audit.anchor.delivered").get().document["details"]["attempts"] == 3
    assert (Anchor.objects.get().attempts, queries.anchor_state(Anchor.objects.get())) == (0, "live")


@pytest.fixture
def witness(tmp_path: Path) -> Iterator["Far"]:
    far = Far("", Memory(tmp_path / "seen.sqlite"), [])
    server = Server(
        ("127.0.0.1", 0), witness=Witness(NAME, PRIVATE, far.memory, lambda: far.logs, lambda: int(clock.now().timestamp()))
    )
    far.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield far
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass(slots=True)
class Far:
    """A running witness."""

    url: str
    memory: Memory
    logs: list[str]


def test_a_witness_cosigns_each_checkpoint_of_a_growing_log(
    witness: Far, signed: Checkpoint, acme: TenantRef, owner: Actor
) -> None:
    witness.logs[:] = [found.verifier for found in queries.verifiers()]
    anchor = add("witness", actor=owner, url=witness.url, verifier=VERIFIER)
    first = give(anchor)
    for _ in range(3):
        grow(acme, actor=owner)

    second = give(anchor)

    assert (first.fault, second.fault) == ("", "")
    for given in (first, second):
        assert given.receipt is not None
        note = given.receipt.checkpoint.note + bytes(given.receipt.receipt).decode()
        assert cosignatures.verify(note, verifier=VERIFIER) > 0
        assert notes.signed_checkpoint(note, verifiers=witness.logs).size == given.receipt.checkpoint.size
    assert witness.memory.all()[0].size == queries.latest_checkpoint().size


def test_a_witness_that_knows_another_size_is_asked_again_from_there(
    witness: Far, signed: Checkpoint, acme: TenantRef, owner: Actor
) -> None:
    witness.logs[:] = [found.verifier for found in queries.verifiers()]
    anchor = add("witness", actor=owner, url=witness.url, verifier=VERIFIER)
    give(anchor)
    grow(acme, actor=owner)
    Anchor.objects.update(last_size=0, last_epoch=0)  # as after a restore of an older copy of the row

    given = give(anchor)

    assert given.fault == ""


def test_a_witness_that_has_seen_more_is_no_longer_believed_to_agree(witness: Far, signed: Checkpoint, owner: Actor) -> None:
    witness.logs[:] = [found.verifier for found in queries.verifiers()]
    anchor = add("witness", actor=owner, url=witness.url, verifier=VERIFIER)
    origin = notes.parse_verifier(witness.logs[0]).name
    with witness.memory.turn() as kept:
        kept.put(origin, size=10**6, root=b"r" * 32, note="", at=0)

    given = give(anchor)

    assert f"The witness has seen {10**6} entries of this log" in given.fault
    assert Receipt.objects.count() == 0


def test_a_witness_of_another_key_is_not_believed(witness: Far, signed: Checkpoint, owner: Actor) -> None:
    witness.logs[:] = [found.verifier for found in queries.verifiers()]
    other = cosignatures.verifier_key(NAME, notes.public_of(b"o" * 32))
    anchor = add("witness", actor=owner, url=witness.url, verifier=other)

    given = give(anchor)

    assert "no cosignature" in given.fault
    assert Receipt.objects.count() == 0


def test_a_witness_that_does_not_know_the_log_says_what_to_do(witness: Far, signed: Checkpoint, owner: Actor) -> None:
    anchor = add("witness", actor=owner, url=witness.url, verifier=VERIFIER)

    given = give(anchor)

    assert "give it the log's verifier key" in given.fault


@pytest.mark.parametrize(
    ("status", "body", "media"), [(409, b"x", "text/x.tlog.size"), (409, b"3\n", "text/plain"), (200, b"hello\n", "text/plain")]
)
def test_a_witness_that_talks_nonsense_is_refused(status: int, body: bytes, media: str, signed: Checkpoint, owner: Actor) -> None:
    with http_sink() as sink:
        sink.answer = lambda _request: Reply(status, (body,), {"Content-Type": media})
        anchor = add("witness", actor=owner, url=sink.url, verifier=VERIFIER, ca=CA_PEM)

        given = give(anchor)

    assert given.fault.startswith("The anchor did not take the checkpoint")
    assert Receipt.objects.count() == 0


def test_an_anchor_is_added_changed_paused_resumed_and_removed(box: Mailbox, signed: Checkpoint, owner: Actor) -> None:
    anchor = add("mail", actor=owner, to="audit@acme.example")
    actions.change_anchor(anchor.pk, wanted=WantedAnchor(every_s=3600), actor=owner)
    actions.pause_anchor(anchor.pk, reason="The mailbox is full.", actor=owner)
    assert give(anchor) == actions.Given()
    actions.resume_anchor(anchor.pk, actor=owner)
    actions.resume_anchor(anchor.pk, actor=owner)
    receipt = actions.try_anchor(anchor.pk, actor=owner).receipt
    actions.remove_anchor(anchor.pk, actor=owner)

    told = [entry.action for entry in Entry.objects.order_by("id") if entry.action.startswith("audit.anchor.")]
    assert told == [f"audit.anchor.{name}" for name in ("added", "changed", "paused", "resumed", "tested", "removed")]
    assert receipt is not None
    assert (Anchor.objects.count(), list(Receipt.objects.all())) == (0, [receipt])


def test_a_stranger_adds_nothing(owner: Actor) -> None:
    reader = makers.person_actor(grants=frozenset({str(Permission.READ_ENTRIES)}))

    with pytest.raises(Forbidden):
        add("mail", actor=reader, to="audit@acme.example")

    assert Anchor.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "told", "pointer"),
    [
        ("mail", {"to": ""}, "/settings/to"),
        ("mail", {"to": "nobody"}, "/settings/to"),
        ("mail", {"to": "a@b.example\r\nBcc: c@d.example"}, "/settings/to"),
        ("mail", {"to": "a@b.example", "cc": "x"}, "/settings/cc"),
        ("witness", {"url": "https://w.example", "verifier": "x+y+z"}, "/settings/verifier"),
        ("timestamp", {"url": "https://t.example", "roots": "no PEM"}, "/settings/roots"),
        ("carrier pigeon", {}, "/kind"),
    ],
)
def test_what_makes_no_sense_is_refused(kind: str, told: dict[str, Any], pointer: str, owner: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        add(kind, actor=owner, **told)

    assert [fault["pointer"] for fault in refused.value.fields["errors"]] == [pointer]
    assert Anchor.objects.count() == 0


def test_a_private_address_is_refused(settings: Settings, owner: Actor) -> None:
    settings.OUTBOUND_PRIVATE = ()

    with pytest.raises(UnsafeAddress):
        add("witness", actor=owner, url="https://127.0.0.1:9", verifier=VERIFIER)

    assert Anchor.objects.count() == 0


def test_a_name_is_given_once(owner: Actor) -> None:
    add("mail", actor=owner, to="audit@acme.example")

    with pytest.raises(AnchorNameTaken):
        add("mail", actor=owner, to="board@acme.example")

    assert Anchor.objects.count() == 1


def test_a_new_address_needs_the_secret_again(owner: Actor) -> None:
    target: dict[str, Any] = {"endpoint": "http://127.0.0.1:9", "bucket": "locked", "region": "us-east-1", "days": "30"}
    anchor = add("object_lock", actor=owner, secret={"access_key_id": "AK", "secret_access_key": "SK"}, **target)
    elsewhere = WantedAnchor(settings=target | {"endpoint": "http://127.0.0.2:9"})

    with pytest.raises(Invalid) as refused:
        actions.change_anchor(anchor.pk, wanted=elsewhere, actor=owner)
    with pytest.raises(PreconditionFailed):
        actions.change_anchor(anchor.pk, wanted=WantedAnchor(every_s=600), expected_version=9, actor=owner)

    assert refused.value.fields["errors"][0]["pointer"] == "/secret"
    assert Anchor.objects.get().settings["endpoint"] == "http://127.0.0.1:9"


def shown(anchor: Anchor) -> dict[str, Any]:
    return queries.anchor_document(anchor)


def test_the_secret_shows_nowhere(owner: Actor) -> None:
    target: dict[str, Any] = {"endpoint": "http://127.0.0.1:9", "bucket": "locked", "region": "us-east-1", "days": "30"}
    anchor = add("object_lock", actor=owner, secret={"access_key_id": "AK", "secret_access_key": "top-secret"}, **target)

    assert "top-secret" not in str(shown(anchor)) + Anchor.objects.get().sealed_secret
    assert "top-secret" not in Entry.objects.get(action="audit.anchor.added").canonical
    assert shown(anchor)["has_secret"] is True


def test_the_doctor_names_an_anchor_that_lags(box: Mailbox, signed: Checkpoint, owner: Actor) -> None:
    anchor = add("mail", actor=owner, to="busy@acme.example")
    give(anchor)
    assert [lack.what for lack in delays.lacks(delays.measured()) if lack.what.startswith("anchor")] == []
    Anchor.objects.update(created_at=clock.now() - timedelta(hours=27))

    found = [lack for lack in delays.lacks(delays.measured()) if lack.what.startswith("anchor")]

    assert [lack.what for lack in found] == ["anchor The mail"]
    assert found[0].detail.startswith(
        "No checkpoint for 3 hours after its time: The service is not available now: The mail server answered 450"
    )
