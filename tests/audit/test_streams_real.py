"""Streams to programs that others wrote: rsyslog over TLS, and a server of S3 that checks signatures."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from audit import actions
from audit.actions import Wanted
from audit.models import Stream
from audit.streams import sigv4
from kernel import clock, outbound
from kernel.actors import Actor
from kernel.problems import Unreachable
from kernel.tenancy import TenantRef
from tests import makers, nameserver
from tests.audit.conftest import happen
from tests.audit.streaming import seal
from tests.conftest import Settings
from tests.listeners import AUTHORITY, CA_PEM, wait_until

RSYSLOG = """global(workDirectory="{folder}" maxMessageSize="64k" defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="{folder}/ca.pem"
  defaultNetstreamDriverCertFile="{folder}/cert.pem" defaultNetstreamDriverKeyFile="{folder}/key.pem")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
template(name="parts" type="string" string="%PRI%\\t%TIMESTAMP:::date-rfc3339%\\t%HOSTNAME%\\t%APP-NAME%\\t%MSGID%\\t%STRUCTURED-DATA%\\t%msg%\\n")
input(type="imtcp" address="127.0.0.1" port="{port}")
action(type="omfile" file="{folder}/taken" template="parts")
"""


pytestmark = pytest.mark.usefixtures("open_loopback")


def stopped(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture
def rsyslog(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The port of an rsyslog server for `localhost`, and the file that it writes what it took to."""
    program = shutil.which("rsyslogd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    assert program is not None, "rsyslogd is missing: scripts/bootstrap test"
    port, certificate = nameserver.free_port(), AUTHORITY.issue_cert("localhost")
    AUTHORITY.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    (tmp_path / "rsyslog.conf").write_text(RSYSLOG.format(folder=tmp_path, port=port))
    with (tmp_path / "output").open("wb") as output:
        command = [program, "-n", "-f", str(tmp_path / "rsyslog.conf"), "-i", str(tmp_path / "pid")]
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        wait_until(lambda: _answers(port))
        yield port, tmp_path / "taken"
    finally:
        stopped(process)


def _answers(port: int) -> bool:
    try:
        outbound.dial("localhost", port, ca_pem=CA_PEM).close()
    except Unreachable:
        return False
    return True


@pytest.mark.parametrize("format_name", ["syslog", "cef", "jsonl"])
def test_rsyslog_takes_and_parses_every_message(format_name: str, rsyslog: tuple[int, Path], acme: TenantRef, owner: Actor) -> None:
    port, taken = rsyslog
    settings = {"host": "localhost", "port": str(port), "ca": CA_PEM}
    wanted = Wanted(name="rsyslog", settings=settings, format=format_name)
    stream = actions.create_stream("syslog", wanted=wanted, from_seq=None, actor=owner)
    for number in range(40):
        happen(actor=owner, label=f'hostile ]" \\ =| \n{number} \u00e4 <13>1 x', number=number)
    seal(acme)

    run = actions.deliver_stream(stream.pk, actor=makers.OPERATOR)

    assert (run.fault, run.moved >= 40) == ("", True)
    wait_until(lambda: taken.exists() and taken.read_bytes().count(b"\n") >= run.moved + 1)
    rows = [line.split("\t", 6) for line in taken.read_text().splitlines()]
    own = [row for row in rows if "tests.thing.happened" in row[5]]
    assert len(rows) == run.moved + 1
    assert [row[2:5] for row in own] == [["acme", "freehold", "tests.thing.happened"]] * 40
    seqs = [int(row[5].partition(' seq="')[2].partition('"')[0]) for row in own]
    assert seqs == sorted(set(seqs))
    if format_name == "syslog":
        assert [json.loads(row[6])["details"]["number"] for row in own] == list(range(40))


@pytest.fixture(scope="module")
def storage() -> Iterator[str]:
    """The address of an S3 server that checks signatures from its fourth call on; the first three make a key for it."""
    port = nameserver.free_port()
    environment = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "3"}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stopped(process)


@pytest.fixture
def login(storage: str) -> dict[str, str]:
    """A login of the server that may everything."""
    wait_until(lambda: _is_up(storage))
    form = {
        "content-type": "application/x-www-form-urlencoded",
        "authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
    outbound.post(storage, body=b"Action=CreateUser&UserName=freehold&Version=2010-05-08", headers=form)
    body = f"Action=PutUserPolicy&UserName=freehold&PolicyName=all&PolicyDocument={policy}&Version=2010-05-08"
    outbound.post(storage, body=body.encode(), headers=form)
    said = outbound.post(storage, body=b"Action=CreateAccessKey&UserName=freehold&Version=2010-05-08", headers=form).body.decode()
    found = {name: said.partition(f"<{name}>")[2].partition("<")[0] for name in ("AccessKeyId", "SecretAccessKey")}
    return {"access_key_id": found["AccessKeyId"], "secret_access_key": found["SecretAccessKey"]}


def _is_up(storage: str) -> bool:
    try:
        return outbound.get(f"{storage}/moto-api/data.json").status == 200
    except Unreachable:
        return False


def test_a_server_of_s3_takes_what_is_signed_and_nothing_else(
    storage: str, login: dict[str, str], settings: Settings, acme: TenantRef, owner: Actor
) -> None:
    region = "us-east-1"
    signer = sigv4.Login(login["access_key_id"], login["secret_access_key"], region)
    url = storage + sigv4.path_of("logs")
    made = outbound.put(url, body=b"", headers=sigv4.signed("PUT", url, body=b"", headers={}, login=signer, at=clock.now()))
    assert made.status == 200, made.body
    target = {"endpoint": storage, "bucket": "logs", "prefix": "freehold", "region": region}
    wrong = login | {"secret_access_key": login["secret_access_key"][::-1]}
    stream = actions.create_stream("s3", wanted=Wanted(name="s3", settings=target, secret=wrong), from_seq=None, actor=owner)
    happen(actor=owner, number=6)
    seal(acme)

    refused = actions.deliver_stream(stream.pk, actor=makers.OPERATOR)
    actions.change_stream(stream.pk, wanted=Wanted(secret=login), actor=owner)
    run = actions.deliver_stream(stream.pk, actor=makers.OPERATOR)

    assert refused.moved == 0
    assert "SignatureDoesNotMatch" in refused.fault
    assert run.fault == ""
    listed = outbound.get(url, headers=sigv4.signed("GET", url, body=b"", headers={}, login=signer, at=clock.now())).body.decode()
    keys = [part.partition("</Key>")[0] for part in listed.split("<Key>")[1:]]
    assert sorted(key.rpartition(".")[2] for key in keys) == ["checkpoint", "gz"]
    address = storage + sigv4.path_of("logs", next(key for key in keys if key.endswith(".gz")))
    held = outbound.get(address, headers=sigv4.signed("GET", address, body=b"", headers={}, login=signer, at=clock.now())).body
    lines = [orjson.loads(line) for line in gzip.decompress(held).splitlines()]
    assert [line["entry"]["details"]["number"] for line in lines if line["entry"]["action"] == "tests.thing.happened"] == [6]
    assert Stream.objects.get().sent_at is not None
