"""Evidence bundles, and the program that checks them: whatever somebody does to a bundle, it says so."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from audit import actions, evidence, notes, queries
from audit.evidence import Selection, verify
from audit.filters import Filters
from audit.models import Checkpoint, Entry
from audit.problems import EvidenceEmpty
from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Invalid
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import happen

ENTRIES = 23
# https://www.rfc-editor.org/rfc/rfc8032 section 7.1: public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


class Taken:
    """Bundles of one log, made once: of everything, of a range, of chosen entries; the key; and checkpoints before and behind."""

    def __init__(self, ref: TenantRef) -> None:
        with tenancy.activate(ref, purpose=Purpose.REQUEST):
            for number in range(ENTRIES):
                happen(actor=makers.OPERATOR, subject=f"thing_{number % 3}", number=number)
        self.old = self.sign(ref)
        with tenancy.activate(ref, purpose=Purpose.REQUEST):
            for number in range(ENTRIES):
                happen(actor=makers.OPERATOR, subject=f"thing_{number % 3}", number=number)
        self.checkpoint = self.sign(ref)
        with tenancy.activate(ref, purpose=Purpose.REQUEST):
            self.key = queries.verifiers()[0].verifier
            self.whole = b"".join(evidence.build(Selection()).pieces())
            self.again = b"".join(evidence.build(Selection()).pieces())
            self.range = b"".join(evidence.build(Selection(first_seq=7, last_seq=19)).pieces())
            self.chosen = b"".join(evidence.build(Selection(filters=Filters(subject="thing_1"))).pieces())
            self.readable = b"".join(evidence.build(Selection(first_seq=2, last_seq=3, is_readable=True)).pieces())
            happen(actor=makers.OPERATOR)
        self.newer = self.sign(ref)

    def sign(self, ref: TenantRef) -> Checkpoint:
        """Seal and sign what waits."""
        with tenancy.activate(ref, purpose=Purpose.SEAL):
            actions.seal_pending()
            actions.sign_log()
            return queries.latest_checkpoint()


@pytest.fixture(scope="module")
def taken(installation: None) -> Iterator[Taken]:
    """A log of this file's own, since its entries are committed."""
    with makers.passing_tenant("evident") as ref:
        yield Taken(ref)


def check(bundle: bytes, key: str, against: str = "") -> tuple[int, str]:
    """The exit code and the words of the offline verifier."""
    found = verify.checked(memoryview(bundle), [key], against)
    return found.code, found.what


def members(bundle: bytes) -> dict[str, bytes]:
    """The members of a bundle by name, in order, as any program for ZIP files reads them."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def packed(content: dict[str, bytes]) -> bytes:
    """The bundle of such members."""
    return b"".join(evidence.Bundle("", 0, 0, 0, "", 0, list(content.items())).pieces())


def resigned(content: dict[str, bytes], *, key: Ed25519PrivateKey, name: str) -> dict[str, bytes]:
    """The members with a manifest made anew, as somebody does who forges a bundle and signs it with a key of their own."""
    manifest = json.loads(content["manifest.json"])
    manifest["files"] = [
        {"name": one, "sha256": hashlib.sha256(body).hexdigest()} for one, body in content.items() if not one.startswith("manifest")
    ]
    raw = orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)
    text = f"{verify.FIRST_LINE}\n{manifest['origin']}\nsha256 {hashlib.sha256(raw).hexdigest()}\n"
    return {**content, "manifest.json": raw, "manifest.note": notes.sign(text, name=name, private=key.private_bytes_raw()).encode()}


@pytest.mark.committed
def test_bundles_of_everything_of_a_range_and_of_chosen_entries_hold(taken: Taken) -> None:
    size = taken.checkpoint.size

    answers = [check(bundle, taken.key) for bundle in (taken.whole, taken.range, taken.chosen, taken.readable)]

    assert [code for code, _ in answers] == [0, 0, 0, 0]
    assert answers[0][1].startswith(f"{size} entries (1 to {size}) stand in the log ")
    assert answers[1][1].startswith("13 entries (7 to 19) stand in the log ")


@pytest.mark.committed
def test_the_same_question_to_the_same_log_gives_the_same_bytes(taken: Taken) -> None:
    assert taken.whole == taken.again


@pytest.mark.committed
def test_a_bundle_holds_the_exact_texts_and_keeps_what_is_personal_sealed(taken: Taken) -> None:
    lines = [json.loads(line) for line in members(taken.range)["entries.jsonl"].splitlines()]

    assert [line["seq"] for line in lines] == list(range(7, 20))
    assert "entries-readable.jsonl" not in members(taken.range)
    assert [json.loads(line)["seq"] for line in members(taken.readable)["entries-readable.jsonl"].splitlines()] == [2, 3]


@pytest.mark.committed
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 0.999999), bit=st.integers(0, 7), which=st.sampled_from(["whole", "range", "chosen"]))
def test_a_flipped_bit_anywhere_is_found(taken: Taken, place: float, bit: int, which: str) -> None:
    bundle = bytearray(getattr(taken, which))
    bundle[int(place * len(bundle))] ^= 1 << bit

    assert check(bytes(bundle), taken.key)[0] != 0


@pytest.mark.committed
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), which=st.sampled_from(["whole", "range", "chosen"]))
def test_entries_dropped_swapped_doubled_or_cut_off_are_found_even_with_a_manifest_made_anew(
    taken: Taken, data: Any, which: str
) -> None:
    content = members(getattr(taken, which))
    lines = content["entries.jsonl"].splitlines(keepends=True)
    first, second = data.draw(st.lists(st.integers(0, len(lines) - 1), min_size=2, max_size=2, unique=True))
    how = data.draw(st.sampled_from(["drop", "swap", "double", "cut", "turn"]))
    if how == "swap":
        lines[first], lines[second] = lines[second], lines[first]
    else:
        lines = {
            "drop": lines[:first] + lines[first + 1 :],
            "double": lines[:first] + lines[first:][:1] + lines[first:],
            "cut": lines[: min(first, second)],
            "turn": lines[::-1],
        }[how]
    content["entries.jsonl"] = b"".join(lines)
    key = Ed25519PrivateKey.generate()
    forged = resigned(content, key=key, name=json.loads(content["manifest.json"])["origin"])
    own = notes.verifier_key(json.loads(content["manifest.json"])["origin"], key.public_key().public_bytes_raw())

    assert check(packed(content), taken.key)[0] == 1
    assert check(packed(forged), taken.key)[0] == 2
    assert check(packed(forged), own)[0] != 0


@pytest.mark.committed
def test_an_altered_entry_is_named_by_who_has_only_the_logs_own_checkpoint(taken: Taken) -> None:
    """Whoever owns the log's key can sign any manifest; the checkpoint that was given out before is what holds them."""
    content = members(taken.whole)
    lines = content["entries.jsonl"].splitlines(keepends=True)
    line = json.loads(lines[9])
    line["canonical"] = line["canonical"].replace("thing_", "thang_")
    content["entries.jsonl"] = b"".join([*lines[:9], orjson.dumps(line) + b"\n", *lines[10:]])
    key = Ed25519PrivateKey.generate()
    forged = resigned(content, key=key, name=json.loads(content["manifest.json"])["origin"])
    own = notes.verifier_key(json.loads(content["manifest.json"])["origin"], key.public_key().public_bytes_raw())

    found = verify.checked(memoryview(packed(forged)), [own, taken.key])

    assert (found.code, found.what) == (1, "the text of entry 10 was altered")


@pytest.mark.committed
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.binary(max_size=400), place=st.integers(0, 2000), key=st.text(max_size=60), against=st.text(max_size=60))
@example(garbage=b"", place=0, key="", against="")
@example(garbage=b"PK\3\4", place=0, key="a+b+c", against="x\n\n")
def test_garbage_ends_with_words_and_never_with_a_crash(taken: Taken, garbage: bytes, place: int, key: str, against: str) -> None:
    spoiled = taken.range[:place] + garbage + taken.range[place + len(garbage) :]

    answers = [
        check(garbage, taken.key), check(taken.range, key), check(taken.range, taken.key, against + "x"), check(spoiled[:place], taken.key),
    ]  # fmt: skip

    assert all(code in {1, 2} and words for code, words in answers)


@pytest.mark.committed
def test_another_key_cannot_tell(taken: Taken) -> None:
    name = notes.parse_verifier(taken.key).name
    other = notes.verifier_key(name, Ed25519PrivateKey.generate().public_key().public_bytes_raw())

    assert check(taken.whole, other) == (2, "the manifest is not signed with the key that you gave")


@pytest.mark.committed
def test_a_kept_checkpoint_of_the_log_agrees(taken: Taken) -> None:
    with_old = check(taken.whole, taken.key, taken.old.note)

    assert with_old[0] == 0
    assert check(taken.whole, taken.key, taken.checkpoint.note)[0] == 0


@pytest.mark.committed
def test_a_kept_checkpoint_that_is_newer_or_out_of_reach_cannot_be_told(taken: Taken) -> None:
    newer, far = check(taken.whole, taken.key, taken.newer.note), check(taken.range, taken.key, taken.newer.note)

    assert (newer[0], far[0]) == (2, 2)
    assert newer[1].startswith("the checkpoint that you kept is newer")


@pytest.mark.committed
def test_a_kept_checkpoint_of_a_rewritten_log_says_so(taken: Taken) -> None:
    """The same size under the same key with another root: what only a log that was written twice can have signed."""
    key = Ed25519PrivateKey.generate()
    origin = notes.parse_verifier(taken.key).name
    text = notes.checkpoint_text(notes.CheckpointText(origin=origin, size=taken.old.size, root=bytes(32)))
    kept = notes.sign(text, name=origin, private=key.private_bytes_raw())
    own = notes.verifier_key(origin, key.public_key().public_bytes_raw())

    found = verify.checked(memoryview(taken.whole), [taken.key, own], kept)

    assert (found.code, "are not those of the checkpoint" in found.what) == (1, True)


@pytest.mark.committed
@pytest.mark.parametrize("name", ["../evil.sh", "/etc/passwd.txt", "a/../../b.txt", "C:\\x.txt", "Ü.txt"])
def test_a_member_that_would_lie_elsewhere_is_refused(taken: Taken, name: str) -> None:
    stream = io.BytesIO(taken.range)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(name, b"x")

    assert check(stream.getvalue(), taken.key)[0] == 1


@pytest.mark.committed
def test_a_packed_member_is_refused_before_it_is_unpacked(taken: Taken) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"0" * 50_000_000)

    assert check(stream.getvalue(), taken.key) == (1, "the member manifest.json is not stored as bundles are")


@pytest.mark.committed
def test_the_program_in_the_bundle_runs_by_itself(taken: Taken, tmp_path: Path) -> None:
    program, bundle, kept = tmp_path / "verify.py", tmp_path / "bundle.zip", tmp_path / "old.note"
    program.write_bytes(members(taken.whole)["verify.py"])
    bundle.write_bytes(taken.whole)
    kept.write_bytes(taken.old.note.encode())

    def run(*more: str) -> tuple[int, str]:
        ended = subprocess.run(
            [sys.executable, "-I", "-S", program, bundle, *more], capture_output=True, text=True, cwd=tmp_path, check=False
        )
        assert ended.stderr == ""
        return ended.returncode, ended.stdout

    sound = run("--key", taken.key, "--against", str(kept))
    bundle.write_bytes(taken.whole[:-1])

    assert (sound[0], sound[1].startswith("SOUND: ")) == (0, True)
    assert run("--key", taken.key)[0] == 1
    assert json.loads(run("--json")[1]) == {
        "answer": "cannot_tell",
        "what": "give the log's public key with --key",
        "expected": "",
        "found": "",
    }
    assert run("--key", taken.key, "--against", str(tmp_path / "none"))[0] == 2


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_arithmetic_of_signatures_is_that_of_the_rfc(public: str, message: str, signature: str) -> None:
    key, text, value = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)

    assert verify.ed25519(key, text, value)
    assert not verify.ed25519(key, text + b"x", value)
    assert not verify.ed25519(key, text, value[:32] + (int.from_bytes(value[32:], "little") + verify.ORDER).to_bytes(32, "little"))
    assert not verify.ed25519(key, text, value[:63])
    assert not verify.ed25519(b"\xff" * 32, text, value)


@settings(max_examples=25, deadline=None)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=80), bit=st.integers(0, 511))
def test_signatures_of_others_are_understood_and_no_bit_of_them_may_differ(seed: bytes, message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), bytearray(private.sign(message))

    assert verify.ed25519(public, message, bytes(signature))
    signature[bit // 8] ^= 1 << bit % 8
    assert not verify.ed25519(public, message, bytes(signature))


def test_there_is_no_evidence_of_nothing(acme: TenantRef, sealed: list[Entry], owner: Actor) -> None:
    with tenancy.activate(acme, purpose=Purpose.SEAL):
        actions.sign_log()

    with pytest.raises(EvidenceEmpty):
        evidence.build(Selection(filters=Filters(subject="nobody")))


@pytest.mark.parametrize("given_range", [{"from_seq": -1}, {"from_seq": 5, "to_seq": 4}])
def test_a_range_that_is_none_is_refused(given_range: dict[str, int]) -> None:
    with pytest.raises(Invalid):
        Selection.parse(given_range)


@pytest.mark.committed
@pytest.mark.parametrize("name", ["readme.txt", "verify.py", "entries-readable.jsonl"])
def test_a_file_that_proves_nothing_is_held_by_the_manifest(taken: Taken, name: str) -> None:
    content = members(taken.readable)
    content[name] += b"\n"

    assert check(packed(content), taken.key) == (1, f"the file {name} was altered")


@pytest.mark.committed
def test_entries_rewritten_with_leaf_link_and_manifest_do_not_lead_to_the_signed_root(taken: Taken) -> None:
    content = members(taken.range)
    lines = [json.loads(line) for line in content["entries.jsonl"].splitlines()]
    chain = bytes.fromhex(json.loads(content["manifest.json"])["chain_before"])
    lines[9]["canonical"] = lines[9]["canonical"].replace("thing_", "thang_")
    for line in lines:
        leaf = hashlib.sha256(b"\0" + line["canonical"].encode()).digest()
        chain = hashlib.sha256(chain + leaf).digest()
        line["leaf"], line["chain"] = leaf.hex(), chain.hex()
    content["entries.jsonl"] = b"".join(orjson.dumps(line) + b"\n" for line in lines)
    key, origin = Ed25519PrivateKey.generate(), json.loads(content["manifest.json"])["origin"]
    forged = packed(resigned(content, key=key, name=origin))

    found = verify.checked(memoryview(forged), [notes.verifier_key(origin, key.public_key().public_bytes_raw()), taken.key])

    assert (found.code, found.what) == (1, "the entries do not stand in the log that the checkpoint speaks of")
