"""`manage.py bench`: the whole run with few rounds, and what it prints."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.registry import BENCHMARKS
from bench.routing.figures import TARGETS
from bench.routing.measuring import CALLS_PER_ROUND, PEERS

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS = 2
TIMEOUT_S = 300


def bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command in a process of its own, as a person would."""
    command = [sys.executable, "manage.py", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """What a short run printed."""
    done = bench("routing", "--json", "--rounds", str(ROUNDS))
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def test_one_json_object_with_every_ratio_and_its_target(document: dict[str, Any]) -> None:
    assert set(document) == {"name", "ratios", "targets", "figures", "rounds", "notes", "machine"}
    assert (document["name"], document["rounds"]) == ("routing", ROUNDS)
    assert document["targets"].keys() == TARGETS.keys() == document["ratios"].keys() - {"request_over_empty_view_wall"}
    assert all(ratio > 0 for ratio in document["ratios"].values())
    assert {"processor", "cores", "python", "packages"} <= set(document["machine"])


def test_every_view_of_every_peer_was_measured_equally_often(document: dict[str, Any]) -> None:
    expected = {f"{peer}.{view}": ROUNDS * CALLS_PER_ROUND for peer, views in PEERS.items() for view in views}

    assert {name: figure["requests"] for name, figure in document["figures"].items()} == expected
    for figure in document["figures"].values():
        assert 0 < figure["wall_p50_us"] <= figure["wall_p95_us"]
        assert figure["cpu_p50_us"] > 0


def test_the_ratios_follow_from_the_figures(document: dict[str, Any]) -> None:
    walls = {name: figure["wall_p50_us"] for name, figure in document["figures"].items()}

    assert document["ratios"]["ours_over_none"] == pytest.approx(walls["ours.one_query"] / walls["none.one_query"], abs=0.01)
    cpus = {name: figure["cpu_p50_us"] for name, figure in document["figures"].items()}
    assert document["ratios"]["request_over_empty_view"] == pytest.approx(cpus["ours.request"] / cpus["empty.request"], abs=0.01)
    assert document["ratios"]["request_over_empty_view_wall"] == pytest.approx(
        walls["ours.request"] / walls["empty.request"], abs=0.01
    )


def test_an_unknown_benchmark_is_refused() -> None:
    done = bench("nothing")

    assert done.returncode == 2
    assert "routing" in done.stderr


def test_every_benchmark_is_described() -> None:
    text = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")

    assert all(f"## `{name}`" in text for name in BENCHMARKS)
