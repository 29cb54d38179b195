"""Running verbs of commands as they should be, each on untouched ground, and saying what they left behind."""

from collections.abc import Iterable, Iterator, Sequence

from kernel.commands import DONE
from kernel.tenancy import TenantRef
from tests.coverage_gate import calls
from tests.coverage_gate.bodies_commands import CALLS
from tests.coverage_gate.calls import Outcome, Visit
from tests.coverage_gate.trails import undone
from tests.isolation.belongings import Belongings
from tests.tenants import commands
from tests.tenants.commands import Ran


def outcomes(whose: Belongings, *, platform: TenantRef, of: Iterable[str]) -> Iterator[Outcome]:
    """What becomes of each verb, e.g. `tenant suspend`. One that there is no call for has not succeeded."""
    for verb in of:
        if verb not in CALLS:
            yield Outcome(verb, has_succeeded=False, told=[], answer="no call stands in bodies_commands.py")
            continue
        with undone():
            visit = Visit(CALLS, whose=whose)
            for other in visit.before(verb):
                _run(other, arguments=visit.prepare(other).body)
            arguments = visit.prepare(verb).body
            before = calls.entries(whose.ref, platform=platform)
            ran = _run(verb, arguments=arguments)
            told = calls.done(before, calls.entries(whose.ref, platform=platform))
        yield Outcome(verb, ran.code == DONE, told, "" if ran.code == DONE else f"{ran.code} {ran.out}")


def _run(verb: str, *, arguments: Sequence[str]) -> Ran:
    return commands.run(*verb.split(), *arguments, "--json")
