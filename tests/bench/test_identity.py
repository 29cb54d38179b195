"""`manage.py bench identity`: from samples to ratios, and a short run of the whole."""

import json
import subprocess
import sys
from typing import Any

import pytest

from bench.identity import measuring
from bench.identity.reporting import TARGETS, Found, ratios, result
from tests.conftest import ROOT

TIMEOUT_S = 300
PROMISED = {
    "key_check_cpu_ms", "key_check_over_select", "signed_check_ms", "rbac_us", "cedar20_p95_ms", "cedar200_p95_ms",
    "request_over_empty_view", "revoked_still_accepted",
}  # fmt: skip


@pytest.fixture
def found() -> Found:
    return Found(
        checks_us=[300, 100, 200],
        selects_us=[100, 50, 100],
        check_cpus_us=[150, 250],
        signed_us=[400, 600],
        grants_us=[0.5],
        few_us=[*([50.0] * 99), 500.0],
        many_us=[*([50.0] * 10), *([500.0] * 90)],
        request_cpus_us=[600, 800],
        empty_cpus_us=[350],
        revoked=100,
        clients=16,
        accepted=3,
        requests=4000,
    )


def test_ratios_are_medians_but_of_policies_the_95th_percentile(found: Found) -> None:
    assert ratios(found) == {
        "key_check_cpu_ms": 0.2,
        "key_check_over_select": 2.0,
        "signed_check_ms": 0.5,
        "rbac_us": 0.5,
        "cedar20_p95_ms": 0.05,
        "cedar200_p95_ms": 0.5,
        "request_over_empty_view": 2.0,
        "revoked_still_accepted": 3.0,
    }


def test_one_key_that_was_accepted_again_misses_its_target(found: Found) -> None:
    document = result(found, rounds=1).document()

    assert document["targets"]["revoked_still_accepted"] == {"bound": "at most", "value": 0, "met": False}
    assert document["targets"].keys() == document["ratios"].keys() == TARGETS.keys() == PROMISED
    assert "100 keys were revoked while 16 clients used each; 3 of them were accepted" in document["notes"][1]


def test_a_short_run_measures_everything_and_no_revoked_key_is_accepted() -> None:
    command = [sys.executable, "manage.py", "bench", "identity", "--json", "--rounds", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)

    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["ratios"].keys() == PROMISED
    assert document["ratios"]["revoked_still_accepted"] == 0
    assert all(document["ratios"][name] > 0 for name in PROMISED - {"revoked_still_accepted"})
    samples = {name: figure["count"] for name, figure in document["figures"].items()}
    assert samples["key check"] == samples["bare indexed select"] == 2 * measuring.CALLS
    assert samples["signed request, 4 KiB"] == samples["20 policies"] == samples["200 policies"] == 2 * measuring.CALLS
    assert f"{measuring.KEYS} keys were revoked while {measuring.CLIENTS} clients" in document["notes"][1]
