"""Signed notes: the examples of the C2SP specifications, and what must not pass."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import notes
from audit.notes import BadNote, CheckpointText, ProofText

EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
"""From C2SP signed-note, section "Example"."""
EXAMPLE_CHECKPOINT = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
"""From C2SP tlog-checkpoint."""
EXAMPLE_PROOF_HEAD = (
    "c2sp.org/tlog-proof@v1\n"
    "extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ\n"
    "index 73894\n"
    "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n"
    "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n"
    "EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=\n"
    "RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=\n"
    "AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=\n"
)
EXAMPLE_PROOF_CHECKPOINT = (
    "example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n"
    "— example.com/fancylog hI2DJw[...]1roloI=\n"
    "— witness1.example mJirIklj[...]qY9v2B/5bg==\n"
    "— witness2.example TnKKVHLX[...]xwYwrSjgow==\n"
    "— witness3.example S4X82uH5[...]3oEcROGLFQ==\n"
)
"""From C2SP tlog-proof, the whole example; of its signatures the specification itself leaves out the middle, marked [...]."""
NAME, PRIVATE = "audit.example/audit/1/1", bytes(range(32))
VERIFIER = notes.verifier_key(NAME, notes.public_of(PRIVATE))
TEXT = notes.checkpoint_text(CheckpointText(origin=NAME, size=7, root=b"r" * 32))
NOTE = notes.sign(TEXT, name=NAME, private=PRIVATE)


def test_the_example_note_verifies() -> None:
    assert notes.parse_verifier(EXAMPLE_KEY).key_id.hex() == "530d903a"

    assert notes.verify(EXAMPLE_NOTE, verifier=EXAMPLE_KEY) == "This is an example message.\n"


def test_the_example_key_is_written_as_it_is_read() -> None:
    key = notes.parse_verifier(EXAMPLE_KEY)

    assert notes.verifier_key(key.name, key.public) == EXAMPLE_KEY


def test_the_example_checkpoint_is_read() -> None:
    text, signatures = notes.split(EXAMPLE_CHECKPOINT)

    said = notes.parse_checkpoint(text)

    assert (said.origin, said.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert said.root == base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    assert notes.checkpoint_text(said) == text
    assert [(found.name, found.key_id.hex()) for found in signatures] == [("example.com/behind-the-sofa", "033de0ae")]


def test_the_whole_example_proof_is_read_and_written_as_it_was() -> None:
    whole = EXAMPLE_PROOF_HEAD + "\n" + EXAMPLE_PROOF_CHECKPOINT

    proof = notes.parse_proof(whole)

    assert (proof.index, len(proof.hashes), proof.checkpoint) == (73_894, 5, EXAMPLE_PROOF_CHECKPOINT)
    assert [base64.b64encode(found).decode() for found in proof.hashes] == EXAMPLE_PROOF_HEAD.splitlines()[3:]
    assert proof.extra.startswith(b"age-v1.2.1-darwin-arm64.tar.gz")
    assert notes.proof_text(proof) == whole


def test_the_checkpoint_of_the_example_proof_is_read_but_without_whole_signatures_it_is_no_note() -> None:
    text, _, _ = EXAMPLE_PROOF_CHECKPOINT.partition("\n— ")

    said = notes.parse_checkpoint(text)

    assert (said.origin, said.size) == ("example.com/fancylog", 109_482)
    assert said.root == base64.b64decode("sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=")
    with pytest.raises(BadNote):
        notes.split(EXAMPLE_PROOF_CHECKPOINT)


def test_a_note_signed_here_has_the_form_of_the_example() -> None:
    assert NOTE.startswith(f"{NAME}\n7\n{base64.b64encode(b'r' * 32).decode()}\n\n— {NAME} ")
    assert NOTE.endswith("\n")
    assert notes.verify(NOTE, verifier=VERIFIER) == TEXT
    assert notes.signed_checkpoint(NOTE, verifiers=[EXAMPLE_KEY, VERIFIER]).size == 7


def test_no_single_changed_byte_of_a_note_is_believed() -> None:
    raw = NOTE.encode()

    for place in range(len(raw)):
        changed = bytes([*raw[:place], raw[place] ^ 1, *raw[place + 1 :]])
        with pytest.raises((BadNote, UnicodeDecodeError)):
            notes.verify(changed.decode(), verifier=VERIFIER)


def test_another_key_of_the_same_name_does_not_verify() -> None:
    other = notes.verifier_key(NAME, notes.public_of(b"\7" * 32))

    with pytest.raises(BadNote, match="is not signed by"):
        notes.verify(NOTE, verifier=other)


def test_signatures_of_others_are_passed_over() -> None:
    other = notes.sign(TEXT, name="witness.example/w1", private=b"\7" * 32).rpartition("\n\n")[2]
    both = NOTE + other

    assert notes.verify(both, verifier=VERIFIER) == TEXT
    assert [found.name for found in notes.split(both)[1]] == [NAME, "witness.example/w1"]


def test_a_second_signature_of_the_key_that_is_wrong_spoils_the_note() -> None:
    key = notes.parse_verifier(VERIFIER)
    wrong = base64.b64encode(key.key_id + bytes(64)).decode()

    with pytest.raises(BadNote, match="does not fit the text"):
        notes.verify(f"{NOTE}— {NAME} {wrong}\n", verifier=VERIFIER)


def test_a_checkpoint_signed_under_another_origin_is_refused() -> None:
    text = notes.checkpoint_text(CheckpointText(origin="other.example/log", size=7, root=b"r" * 32))
    note = notes.sign(text, name=NAME, private=PRIVATE)

    with pytest.raises(BadNote, match=r"no known key of other\.example/log"):
        notes.signed_checkpoint(note, verifiers=[VERIFIER])


@pytest.mark.parametrize(
    "text",
    [
        "name+00000000",
        "name",
        "na me+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3Q==",
        "example.com/foo+530d903a+*ekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        notes.parse_verifier(text)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb", "a\x00b"])
def test_a_key_cannot_have_such_a_name(name: str) -> None:
    with pytest.raises(BadNote, match="the name of a key"):
        notes.sign(TEXT, name=name, private=PRIVATE)


@pytest.mark.parametrize("text", ["no line feed", "a\rb\n", "a\tb\n", "a\x00b\n"])
def test_a_note_cannot_hold_such_a_text(text: str) -> None:
    with pytest.raises(BadNote, match="the text of a note"):
        notes.sign(text, name=NAME, private=PRIVATE)


@pytest.mark.parametrize(
    "text",
    [
        "origin\n1\n",
        "origin\n01\n" + "A" * 43 + "=\n",
        "origin\n-1\n" + "A" * 43 + "=\n",
        "origin\n1\nAAAA\n",
        "origin\n1\n" + "A" * 42 + "B=\n",
        "\n1\n" + "A" * 43 + "=\n",
        "origin\n1\n" + "A" * 43 + "=\n\n",
        "origin\n1\n" + "A" * 43 + "=",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        notes.parse_checkpoint(text)


@pytest.mark.parametrize(
    "note",
    [
        "text\n",
        "text\n\n",
        "text\n\n— name\n",
        "text\n\n- name Uw2QOkn8srV1\n",
        "text\n\n— name AAAA",
        "text\n\n— name AAAAAA==\n",
        "text\n\n" + "— name Uw2QOkn8srV1\n" * 65,
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        notes.split(note)


@pytest.mark.parametrize(
    "head",
    [
        "c2sp.org/tlog-proof@v2\nindex 1\n",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v1\nindex 01\n",
        "c2sp.org/tlog-proof@v1\n1\n",
        "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n",
        "c2sp.org/tlog-proof@v1\nindex 1\n" + ("A" * 43 + "=\n") * 65,
    ],
)
def test_what_is_no_proof_is_refused(head: str) -> None:
    with pytest.raises(BadNote):
        notes.parse_proof(head + "\n" + NOTE)


@given(st.integers(0, 2**62), st.lists(st.binary(min_size=32, max_size=32), max_size=64), st.binary(max_size=99))
def test_a_proof_is_read_as_it_was_written(index: int, hashes: list[bytes], extra: bytes) -> None:
    proof = ProofText(index=index, hashes=tuple(hashes), checkpoint=NOTE, extra=extra)

    assert notes.parse_proof(notes.proof_text(proof)) == proof


@given(st.text(max_size=300))
def test_no_text_is_taken_for_a_note_by_accident(text: str) -> None:
    with pytest.raises(BadNote):
        notes.verify(text, verifier=VERIFIER)
