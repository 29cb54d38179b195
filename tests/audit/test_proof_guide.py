"""The program that `docs/proof.md` gives to auditors: it accepts what is right, and nothing else."""

import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from audit import actions, queries, signing
from audit.models import Entry, Seal
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from tests.audit.conftest import happen, seal

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "proof.md"


@dataclass(frozen=True)
class Files:
    """What an auditor holds."""

    proof: str
    entry: str
    key: str


@pytest.fixture
def files(acme: TenantRef, owner: Actor) -> Files:
    """An entry in the middle of a signed log, with its proof and the public key."""
    for number in range(7):
        happen(actor=owner, number=number)
    seal(acme)
    with tenancy.activate(acme, purpose=Purpose.SEAL):
        if signing.is_behind():
            actions.sign_log()
    kept = Seal.objects.get(seq=queries.latest_checkpoint().size - 3)
    entry = Entry.objects.get(pk=kept.entry_id)
    return Files(queries.entry_proof(entry.pk).text, entry.canonical, queries.verifiers()[0].verifier + "\n")


def check(files: Files, *, where: Path) -> subprocess.CompletedProcess[str]:
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    paths = [where / name for name in ("check.py", "entry.tlog-proof", "entry.txt", "log.vkey")]
    for path, content in zip(paths, (program, files.proof, files.entry, files.key), strict=True):
        path.write_bytes(content.encode())
    return subprocess.run([sys.executable, *map(str, paths)], capture_output=True, text=True, check=False)


def test_the_program_of_the_guide_accepts_a_true_proof(files: Files, tmp_path: Path) -> None:
    found = check(files, where=tmp_path)

    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("The entry stands in the log platform.localhost/audit/")


@pytest.mark.parametrize("part", ["proof", "entry", "key"])
def test_the_program_of_the_guide_refuses_what_was_changed(part: str, files: Files, tmp_path: Path) -> None:
    content = getattr(files, part)
    middle = len(content) // 2
    changed = content[:middle] + ("x" if content[middle] != "x" else "y") + content[middle + 1 :]

    found = check(replace(files, **{part: changed}), where=tmp_path)

    assert found.returncode == 1
    assert found.stdout == ""
