"""Our witness, over HTTP: what it cosigns, and what it refuses. The expected statuses are those of C2SP tlog-witness."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import cosignatures, merkle, notes
from audit.anchors import witness as client
from audit.cosignatures import BadNote
from audit.notes import CheckpointText
from audit.witnessing.judging import Said, Witness, parse
from audit.witnessing.remembering import Memory
from audit.witnessing.serving import BODY_MAXIMUM, Server

NAME, ORIGIN = "witness.example/w1", "log.example/audit/1"
PRIVATE, LOG_KEY = bytes(range(32)), bytes(range(32, 64))
VERIFIER = cosignatures.verifier_key(NAME, notes.public_of(PRIVATE))
LOG_VERIFIER = notes.verifier_key(ORIGIN, notes.public_of(LOG_KEY))
LEAVES = [bytes([number]) * 32 for number in range(40)]
EXAMPLE = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


@dataclass(slots=True)
class Far:
    """A running witness: its port, and what it knows."""

    port: int
    memory: Memory
    logs: list[str] = field(default_factory=lambda: [LOG_VERIFIER])


@contextmanager
def serving(folder: Path) -> Iterator[Far]:
    far = Far(0, Memory(folder / "seen.sqlite"))
    server = Server(("127.0.0.1", 0), witness=Witness(NAME, PRIVATE, far.memory, lambda: far.logs, lambda: 1_700_000_000))
    far.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield far
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Far]:
    with serving(tmp_path) as running:
        yield running


def note(size: int, *, leaves: list[bytes] = LEAVES, private: bytes = LOG_KEY, origin: str = ORIGIN) -> str:
    root = merkle.root_of(leaves[:size]) if size else merkle.EMPTY_ROOT
    return notes.sign(notes.checkpoint_text(CheckpointText(origin, size, root)), name=origin, private=private)


def proof(first: int, second: int, *, leaves: list[bytes] = LEAVES) -> list[bytes]:
    def read(node: merkle.Node) -> bytes:
        return merkle.root_of(leaves[node.position << node.height : (node.position + 1) << node.height])

    return merkle.consistency_proof(first, second, read=read)


def ask(far: Far, body: bytes, *, path: str = "/add-checkpoint") -> Said:
    connection = HTTPConnection("127.0.0.1", far.port, timeout=20)
    try:
        connection.request("POST", path, body=body)
        answer = connection.getresponse()
        return Said(answer.status, answer.read().decode(), answer.headers["Content-Type"])
    finally:
        connection.close()


def submit(far: Far, size: int, *, old: int = 0) -> Said:
    return ask(far, client.request_body(note(size), old=old, proof=proof(old, size) if old else []))


def test_a_first_checkpoint_is_cosigned_and_remembered(far: Far) -> None:
    said = submit(far, 7)

    assert said.status == 200
    assert cosignatures.verify(note(7) + said.body, verifier=VERIFIER) == 1_700_000_000
    assert [(seen.origin, seen.size, seen.root, seen.note) for seen in far.memory.all()] == [
        (ORIGIN, 7, merkle.root_of(LEAVES[:7]), note(7))
    ]


def test_a_log_that_grew_is_cosigned_again(far: Far) -> None:
    submit(far, 7)

    assert submit(far, 20, old=7).status == 200
    assert submit(far, 20, old=20).status == 200
    assert far.memory.all()[0].size == 20


def test_another_old_size_is_told_what_is_known(far: Far) -> None:
    submit(far, 7)

    assert submit(far, 20, old=5) == Said(409, "7\n", "text/x.tlog.size")
    assert submit(far, 20) == Said(409, "7\n", "text/x.tlog.size")
    assert far.memory.all()[0].size == 7


def test_a_log_is_never_cosigned_shorter(far: Far) -> None:
    submit(far, 20)

    assert ask(far, client.request_body(note(7), old=20, proof=[])).status == 400
    assert submit(far, 7, old=7).status == 409
    assert far.memory.all()[0].size == 20


def test_a_rewritten_log_is_refused(far: Far) -> None:
    submit(far, 7)
    other = [b"x" * 32, *LEAVES[1:]]

    grown = ask(far, client.request_body(note(20, leaves=other), old=7, proof=proof(7, 20, leaves=other)))
    same = ask(far, client.request_body(note(7, leaves=other), old=7, proof=[]))

    assert (grown.status, same.status) == (422, 422)
    assert far.memory.all()[0].root == merkle.root_of(LEAVES[:7])


def test_a_proof_from_nothing_must_be_empty(far: Far) -> None:
    assert ask(far, client.request_body(note(7), old=0, proof=[b"x" * 32])).status == 422
    assert far.memory.all() == []


def test_an_empty_log_has_the_root_of_nothing(far: Far) -> None:
    forged = notes.sign(notes.checkpoint_text(CheckpointText(ORIGIN, 0, b"x" * 32)), name=ORIGIN, private=LOG_KEY)

    assert ask(far, client.request_body(forged, old=0, proof=[])).status == 422
    assert submit(far, 0).status == 200


def test_an_unknown_log_and_an_unknown_key_are_refused(far: Far) -> None:
    foreign = client.request_body(note(7, private=b"k" * 32), old=0, proof=[])
    stranger = client.request_body(note(7, origin="other.example/log"), old=0, proof=[])

    assert (ask(far, foreign).status, ask(far, stranger).status) == (403, 404)
    assert far.memory.all() == []


def test_an_altered_signature_is_refused(far: Far) -> None:
    text, _, line = note(7).partition("\n\n")
    value = bytearray(base64.b64decode(line.split(" ")[2]))
    value[-1] ^= 1
    altered = f"{text}\n\n{' '.join(line.split(' ')[:2])} {base64.b64encode(bytes(value)).decode()}\n"

    assert ask(far, client.request_body(altered, old=0, proof=[])).status == 403


@pytest.mark.parametrize(
    "body",
    [b"", b"old", b"old 01\n\nx", b"old -1\n\nx", b"old 0\nnot base64\n\nx", b"old 0\n\n", b"\xff\xfe", b"old 0\n" + b"A" * 44 + b"\n\nx",
     b"old 0\n" + (base64.b64encode(bytes(32)) + b"\n") * 64 + b"\n" + b"x"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(body: bytes, far: Far) -> None:
    assert ask(far, body).status == 400
    assert far.memory.all() == []


def test_a_large_body_is_not_read(far: Far) -> None:
    assert ask(far, b"x" * (BODY_MAXIMUM + 1)).status == 413


def test_there_is_one_address_only(far: Far) -> None:
    assert ask(far, b"old 0\n\n", path="/").status == 404


def test_it_remembers_when_it_is_started_again(tmp_path: Path) -> None:
    with serving(tmp_path) as first:
        submit(first, 7)

    with serving(tmp_path) as second:
        assert submit(second, 5).body == "7\n"


def test_of_many_at_once_none_goes_back(far: Far) -> None:
    submit(far, 1)
    said: list[int] = []
    threads = [threading.Thread(target=lambda size=size: said.append(submit(far, size, old=1).status)) for size in range(2, 14)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == [200, *[409] * 11]


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=300))
def test_no_body_breaks_the_reader(body: bytes) -> None:
    try:
        parse(body)
    except ValueError:
        return
    assert body.startswith(b"old ")


def test_a_cosignature_signs_time_and_text() -> None:
    """The signed message of the example in C2SP tlog-cosignature, section "Ed25519 signed message"."""
    line = cosignatures.cosign(EXAMPLE, name=NAME, private=PRIVATE, at=1679315147)

    assert cosignatures.verify(f"{EXAMPLE}\n{line}", verifier=VERIFIER) == 1679315147
    value = base64.b64decode(line.split(" ")[2])
    assert (len(value), int.from_bytes(value[4:12], "big")) == (4 + 8 + 64, 1679315147)
    with pytest.raises(BadNote):
        cosignatures.verify(f"{EXAMPLE.replace('20852163', '20852164')}\n{line}", verifier=VERIFIER)


@pytest.mark.parametrize("place", [4, 11, 12, 75])
def test_an_altered_cosignature_is_found(place: int) -> None:
    value = bytearray(base64.b64decode(cosignatures.cosign(EXAMPLE, name=NAME, private=PRIVATE, at=7).split(" ")[2]))
    value[place] ^= 1

    with pytest.raises(BadNote):
        cosignatures.verify(f"{EXAMPLE}\n— {NAME} {base64.b64encode(bytes(value)).decode()}\n", verifier=VERIFIER)


def test_a_key_of_a_log_is_no_key_of_a_witness() -> None:
    with pytest.raises(BadNote):
        cosignatures.parse_verifier(LOG_VERIFIER)
    with pytest.raises(BadNote):
        notes.parse_verifier(VERIFIER)
    assert cosignatures.parse_verifier(VERIFIER).public == notes.public_of(PRIVATE)
