"""Anchors that others wrote: a time stamp authority of openssl, and a server of S3 with object lock."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.anchors import timestamp
from audit.models import Anchor, Checkpoint, Receipt
from audit.problems import AnchorRefused
from audit.streams import sigv4
from kernel import clock, outbound
from kernel.actors import Actor
from kernel.tenancy import TenantRef
from tests.audit.test_anchors import add, give, grow, open_loopback, signed
from tests.audit.test_streams_real import login, storage
from tests.listeners import CA_PEM, HttpSink, Reply, Request, http_sink

__all__ = ["login", "open_loopback", "signed", "storage"]
TSA = """[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha512
accuracy = secs:1
tsa_name = no
ess_cert_id_chain = no
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a time stamp authority, as openssl keeps one."""
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(TSA.format(folder=folder))
    (folder / "ext.cnf").write_text(
        "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\nbasicConstraints=CA:FALSE\n"
    )
    steps = [
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=Root -addext keyUsage=critical,keyCertSign,cRLSign",
        "req -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.csr -subj /CN=Stamps",
        "x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 30 -extfile ext.cnf",
    ]
    for step in steps:
        subprocess.run(["openssl", *step.split()], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def stamps(authority: Path) -> Iterator[HttpSink]:
    """The authority over HTTP: openssl answers each request."""

    def stamped(request: Request) -> Reply:
        (authority / "query").write_bytes(request.body)
        command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply"]
        subprocess.run(command, cwd=authority, check=True, capture_output=True)
        return Reply(200, ((authority / "reply").read_bytes(),), {"Content-Type": timestamp.REPLY})

    with http_sink() as sink:
        sink.answer = stamped
        yield sink


def test_a_time_stamp_is_kept_that_openssl_verifies(
    stamps: HttpSink, authority: Path, signed: Checkpoint, owner: Actor, tmp_path: Path
) -> None:
    roots = (authority / "ca.pem").read_text()
    anchor = add("timestamp", actor=owner, url=stamps.url, roots=roots, ca=CA_PEM)

    given = give(anchor)

    assert given.fault == ""
    assert given.receipt is not None
    (tmp_path / "note").write_text(given.receipt.checkpoint.note)
    (tmp_path / "reply.tsr").write_bytes(bytes(given.receipt.receipt))
    command = ["openssl", "ts", "-verify", "-data", "note", "-in", "reply.tsr", "-CAfile", str(authority / "ca.pem")]
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in checked.stdout + checked.stderr
    assert stamps.requests[0].headers["content-type"] == timestamp.QUERY
    timestamp.require_stamp(bytes(given.receipt.receipt), data=given.receipt.checkpoint.note.encode(), roots=roots)


def test_a_stamp_of_something_else_or_of_another_authority_is_refused(
    stamps: HttpSink, authority: Path, signed: Checkpoint, owner: Actor
) -> None:
    roots = (authority / "ca.pem").read_text()
    given = give(add("timestamp", actor=owner, url=stamps.url, roots=roots, ca=CA_PEM))
    assert given.receipt is not None
    reply = bytes(given.receipt.receipt)

    with pytest.raises(AnchorRefused):
        timestamp.require_stamp(reply, data=b"another note", roots=roots)
    with pytest.raises(AnchorRefused):
        timestamp.require_stamp(reply, data=given.receipt.checkpoint.note.encode(), roots=CA_PEM)
    with pytest.raises(AnchorRefused):
        timestamp.require_stamp(b"\x30\x03\x02\x01\x00", data=b"", roots=roots)


def test_a_replayed_stamp_is_refused(stamps: HttpSink, authority: Path, signed: Checkpoint, acme: TenantRef, owner: Actor) -> None:
    anchor = add("timestamp", actor=owner, url=stamps.url, roots=(authority / "ca.pem").read_text(), ca=CA_PEM)
    first = give(anchor)
    assert first.receipt is not None
    old = bytes(first.receipt.receipt)
    grow(acme, actor=owner)
    stamps.answer = lambda _request: Reply(200, (old,), {"Content-Type": timestamp.REPLY})

    given = give(anchor)

    assert "no time stamp of the note" in given.fault
    assert Receipt.objects.count() == 1


def _signed_put(url: str, *, login: dict[str, str], headers: dict[str, str]) -> int:
    signer = sigv4.Login(login["access_key_id"], login["secret_access_key"], "us-east-1")
    return outbound.put(
        url, body=b"", headers=sigv4.signed("PUT", url, body=b"", headers=headers, login=signer, at=clock.now())
    ).status


def test_a_locked_object_is_put_into_a_bucket_that_has_locks(
    storage: str, login: dict[str, str], signed: Checkpoint, owner: Actor
) -> None:
    bucket = storage + sigv4.path_of("locked")
    assert _signed_put(bucket, login=login, headers={"x-amz-bucket-object-lock-enabled": "true"}) == 200
    anchor = add(
        "object_lock", actor=owner, secret=login, endpoint=storage, bucket="locked", prefix="audit", region="us-east-1", days="30"
    )

    given = give(anchor)

    assert given.fault == ""
    assert given.receipt is not None
    told = json.loads(bytes(given.receipt.receipt))
    url = storage + sigv4.path_of("locked", told["key"])
    signer = sigv4.Login(login["access_key_id"], login["secret_access_key"], "us-east-1")
    held = outbound.get(url, headers=sigv4.signed("GET", url, body=b"", headers={}, login=signer, at=clock.now()))
    assert held.body.decode() == given.receipt.checkpoint.note
    assert (held.headers["x-amz-object-lock-mode"], held.headers["x-amz-version-id"]) == ("COMPLIANCE", told["version"])
    assert held.headers["x-amz-object-lock-retain-until-date"].startswith(told["until"][:10])
    assert _signed_put(storage + sigv4.path_of("open"), login=login, headers={}) == 200
    Anchor.objects.update(settings=anchor.settings | {"bucket": "open"}, last_size=0)
    assert "InvalidRequest" in give(anchor).fault
    assert Receipt.objects.count() == 1
