"""Every verb of a command that changes something, called as it should be: it succeeds, and the trail says what was done."""

from kernel.tenancy import TenantRef
from tests.coverage_gate import calls, running
from tests.coverage_gate.bodies_commands import CALLS, EXCEPTIONS
from tests.coverage_gate.test_commands import VERBS
from tests.isolation.belongings import Belongings

LEAST_PART = 0.7


def test_what_a_command_does_is_told(at_terminal: Belongings, platform: TenantRef) -> None:
    outcomes = list(running.outcomes(at_terminal, platform=platform, of=sorted(VERBS)))

    assert len(outcomes) >= 95
    assert "\n".join(calls.unproven(outcomes, exceptions=EXCEPTIONS)) == ""


def test_the_tables_name_verbs_that_exist_and_few_exceptions() -> None:
    known = VERBS.keys()

    assert CALLS.keys() | EXCEPTIONS.keys() <= known
    assert {before for call in CALLS.values() for before in call.after} <= known
    assert all(EXCEPTIONS.values())
    assert len(known - EXCEPTIONS.keys()) >= LEAST_PART * len(known)
