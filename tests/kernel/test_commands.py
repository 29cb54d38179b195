"""The base of all operator commands: exit codes, documents for machines, rehearsals that leave nothing."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from identity.models import Role
from kernel import context, problems, tenancy
from kernel.commands import CHECK_FAILED, OperatorCommand, Options, Outcome
from kernel.tenancy import TenantRef

FAULTS: dict[str, BaseException] = {
    "invalid": problems.Invalid("Wrong [bold]word[/]."),
    "malformed": problems.Malformed("Unreadable."),
    "not-found": problems.NotFound("Nothing."),
    "forbidden": problems.Forbidden("No.", permission="read:tests.things"),
    "unauthenticated": problems.Unauthenticated("Who?"),
    "conflict": problems.Conflict("Taken.", state="failed"),
    "limit": problems.LimitReached("Wait."),
    "unavailable": problems.Unavailable("Away."),
    "internal": problems.InternalError("Ours."),
    "database": OperationalError("connection refused\nsecond line"),
    "ctrl-c": KeyboardInterrupt(),
}


class Probe(OperatorCommand):
    """A command that does what the test wants."""

    help = "For tests."

    def declare(self) -> None:
        self.verb("fail", self.fail, help_text="Fail.").add_argument("fault")
        self.verb("check", self.find_fault, help_text="Find a fault.")
        self.verb("look", self.look, help_text="Tell the context.")
        self.changing_verb("make", self.make, help_text="Make a role.").add_argument("slug")

    def fail(self, options: Options) -> Outcome:
        raise FAULTS[options["fault"]]

    def find_fault(self, _options: Options) -> Outcome:
        return Outcome({"ok": False}, "A fault was found.", exit_code=CHECK_FAILED)

    def look(self, _options: Options) -> Outcome:
        unit = context.current()
        return Outcome({"route": unit.route, "request_id": unit.request_id, "actor": self.actor.id}, "Looked.")

    def make(self, options: Options) -> Outcome:
        with self.enter(options["slug"]) as ref, self.changing(options):
            role = Role.objects.create(name="made-by-command", label="Made", permissions=[])
            return Outcome({"made": role.name, "in": ref.slug, "there": Role.objects.filter(name=role.name).count()}, "Made.")


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and standard output."""
    out = io.StringIO()
    try:
        call_command(Probe(stdout=out), *arguments)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("invalid", 2), ("malformed", 2), ("not-found", 3), ("forbidden", 4), ("unauthenticated", 4), ("conflict", 5), ("limit", 1),
        ("unavailable", 1), ("internal", 1), ("database", 1), ("ctrl-c", 130),
    ],
)  # fmt: skip
def test_every_kind_of_refusal_has_its_exit_code(capfd: pytest.CaptureFixture[str], fault: str, code: int) -> None:
    assert run("fail", fault) == (code, "")

    told = capfd.readouterr()
    assert told.out == ""
    assert told.err
    assert "Traceback" not in told.err


def test_a_refusal_is_shown_as_it_is_written(capfd: pytest.CaptureFixture[str]) -> None:
    run("fail", "invalid")

    assert "The input is not valid. Wrong [bold]word[/]." in capfd.readouterr().err


def test_a_refusal_is_a_document_for_machines(capfd: pytest.CaptureFixture[str]) -> None:
    code, out = run("fail", "conflict", "--json")

    assert code == 5
    assert json.loads(out) == {
        "schema": 1,
        "problem": {
            "type": "/problems/conflict",
            "title": "The request conflicts with the present state",
            "status": 409,
            "detail": "Taken.",
            "state": "failed",
        },
    }


def test_an_outcome_is_text_for_people_and_a_document_for_machines(capfd: pytest.CaptureFixture[str]) -> None:
    assert run("look") == (0, "")
    assert capfd.readouterr().out == "Looked.\n"

    code, out = run("look", "--json")

    told = json.loads(out)
    assert (code, told.pop("request_id")[:4]) == (0, "cmd-")
    assert told == {"schema": 1, "route": "command:test_commands look", "actor": "command:test_commands"}


def test_a_check_that_fails_has_its_own_code() -> None:
    assert run("check", "--json") == (6, '{\n  "schema": 1,\n  "ok": false\n}\n')


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["fail"], ["look", "--dry-run"], ["look", "--colour"]])
def test_wrong_usage_is_refused(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)


def test_what_a_command_makes_stays(acme: TenantRef) -> None:
    code, out = run("make", "acme", "--json")

    assert (code, json.loads(out)) == (0, {"schema": 1, "made": "made-by-command", "in": "acme", "there": 1})
    assert Role.objects.filter(name="made-by-command").exists()


def test_a_rehearsal_says_the_same_and_leaves_nothing(acme: TenantRef) -> None:
    code, out = run("make", "acme", "--json", "--dry-run")

    assert (code, json.loads(out)) == (0, {"schema": 1, "made": "made-by-command", "in": "acme", "there": 1})
    assert not Role.objects.filter(name="made-by-command").exists()


def test_an_unknown_tenant_is_not_found() -> None:
    code, out = run("make", "nobody", "--json")

    assert (code, json.loads(out)["problem"]["type"]) == (3, "/problems/tenant-not-found")


def test_the_context_ends_with_the_command(acme: TenantRef) -> None:
    before = context.current(), tenancy.current()

    run("make", "globex")

    assert (context.current(), tenancy.current()) == before
