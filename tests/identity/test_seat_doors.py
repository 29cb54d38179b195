"""Seats over HTTP and by command, and many people by command."""

from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import call_command

from identity import actions, queries
from identity.models import BulkRun, User
from kernel import tenancy
from kernel.actors import Actor
from tests import makers
from tests.caller import Caller
from tests.identity.answers import is_problem, json_of
from tests.identity.test_inactivity import absent
from tests.identity.trail import newest, nothing_recorded

FILE = b"email,name,roles\nada@acme.example,Ada,member\nbob@acme,Bob,\n"


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON document of a command in acme, run as from a shell: with no tenant active."""
    out, code = StringIO(), 0
    with tenancy.outside():
        try:
            call_command(*arguments, "--tenant", "acme", "--json", stdout=out)
        except SystemExit as end:
            code = int(end.code or 0)
    return code, orjson.loads(out.getvalue())


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "staff.csv"
    path.write_bytes(FILE)
    return str(path)


def test_seats_are_shown_and_changed_over_http(root: Caller) -> None:
    taken = queries.seat_count().taken

    changed = root.put("/v1/seats", {"maximum": taken + 1, "rule": "queue"}, HTTP_IF_MATCH='"v1"')
    shown = json_of(root.get("/v1/seats"))

    assert (changed.status_code, changed["ETag"]) == (200, '"v2"')
    assert {name: shown[name] for name in ("maximum", "rule", "taken", "over", "waiting", "version")} == {
        "maximum": taken + 1, "rule": "queue", "taken": taken, "over": 0, "waiting": 0, "version": 2,
    }  # fmt: skip
    assert newest("identity.seats.changed")["details"]["new_maximum"] == taken + 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"maximum": -1, "rule": "queue"}, "invalid"),
        ({"maximum": "5", "rule": "queue"}, "invalid"),
        ({"maximum": 5, "rule": "auction"}, "identity-input-invalid"),
        ({"maximum": 5}, "invalid"),
        ({"maximum": 5, "rule": "queue", "owner": "me"}, "invalid"),
    ],
)
def test_senseless_seats_are_refused_over_http(body: dict[str, Any], kind: str, root: Caller) -> None:
    is_problem(root.put("/v1/seats", body), status=422, kind=kind)

    assert queries.seat_policy().maximum is None


def test_an_old_etag_changes_nothing(root: Caller, operator: Actor) -> None:
    actions.change_seats(maximum=100, rule="flag", actor=operator)

    is_problem(root.put("/v1/seats", {"maximum": 5, "rule": "queue"}, HTTP_IF_MATCH='"v1"'), status=412, kind="precondition-failed")

    assert queries.seat_policy().maximum == 100


def test_holders_are_listed_searched_and_paged(root: Caller, operator: Actor) -> None:
    for name in ("ada", "bob", "eve"):
        makers.make_person(f"{name}@acme.example", name=name.title())
    actions.change_seats(maximum=queries.seat_count().taken - 1, rule="queue", actor=operator)
    makers.make_person("zoe@acme.example", name="Zoe")

    states = {row["name"]: row["state"] for row in json_of(root.get("/v1/seats/holders?q=acme.example"))["data"]}

    assert {name: states[name] for name in ("Ada", "Bob", "Eve", "Zoe")} == {
        "Ada": "taken",
        "Bob": "taken",
        "Eve": "over",
        "Zoe": "waiting",
    }
    assert [row["name"] for row in json_of(root.get("/v1/seats/holders?state=waiting"))["data"]] == ["Zoe"]
    page = json_of(root.get("/v1/seats/holders?limit=1&q=b@"))
    assert ([row["name"] for row in page["data"]], page["has_more"]) == (["Bob"], False)


def test_seats_are_set_shown_and_listed_by_command() -> None:
    makers.make_person("ada@acme.example", name="Ada")

    code, document = run("seat", "set", "--maximum", "50", "--rule", "flag")
    kept = run("seat", "set", "--maximum", "unlimited")[1]["seats"]

    assert (code, document["seats"]["maximum"], document["seats"]["rule"]) == (0, 50, "flag")
    assert (kept["maximum"], kept["rule"]) == (None, "flag")
    assert [row["email"] for row in run("seat", "list", "-q", "ada@")[1]["holders"]] == ["ada@acme.example"]


def test_a_rehearsed_change_of_seats_changes_nothing() -> None:
    with nothing_recorded():
        code, document = run("seat", "set", "--maximum", "3", "--dry-run")

    assert (code, document["seats"]["maximum"], document["dry_run"]) == (0, 3, True)
    assert queries.seat_policy().maximum is None


def test_a_senseless_number_of_seats_has_its_exit_code() -> None:
    code, document = run("seat", "set", "--maximum", "many")

    assert (code, document["problem"]["type"]) == (2, "/problems/identity-input-invalid")


def test_a_file_is_worked_off_by_command_and_taken_back(file: str) -> None:
    code, document = run("person", "import", file, "--kind", "invite")
    rows = [(row["line"], row["outcome"]) for row in document["rows"]]
    listed = run("person", "bulk")[1]["runs"]

    undone = run("person", "undo", document["run"]["id"])[1]

    assert (code, rows, document["run"]["state"]) == (0, [(2, "done"), (3, "refused")], "succeeded")
    assert [one["id"] for one in listed] == [document["run"]["id"]]
    assert [row["outcome"] for row in undone["rows"]] == ["done"]
    assert queries.person_by_email("ada@acme.example").status == "deactivated"
    assert newest("identity.person.added")["actor"]["id"] == "command:person"


def test_a_dry_run_says_what_becomes_of_each_row_and_keeps_nothing(file: str) -> None:
    with nothing_recorded():
        code, document = run("person", "import", file, "--kind", "invite", "--dry-run")

    assert (code, document["dry_run"]) == (0, True)
    assert [(row["line"], row["outcome"]) for row in document["rows"]] == [(2, "done"), (3, "refused")]
    assert not BulkRun.objects.exists()
    assert not User.objects.filter(email="ada@acme.example").exists()


def test_people_read_of_a_dry_run_what_would_be(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    with tenancy.outside():
        call_command("person", "import", file, "--kind", "invite", "--dry-run", "--tenant", "acme")
    told = " ".join(capsys.readouterr().out.split())

    assert "2 ada@acme.example would change" in told
    assert "3 bob@acme would be refused" in told
    assert "succeeded: 1 would change, 1 would be refused; nothing was changed." in told


def test_a_file_comes_from_standard_input_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(FILE)))

    code, document = run("person", "import", "-", "--kind", "invite")

    assert (code, document["run"]["counts"]["done"]) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (("person", "import", "/no/such/file.csv", "--kind", "invite"), 3, "not-found"),
        (("person", "undo", "blk_00000000000000000000000000"), 3, "bulk-run-not-found"),
        (("person", "bulk", "blk_00000000000000000000000000"), 3, "bulk-run-not-found"),
        (("person", "inactive", "--days", "0"), 2, "identity-input-invalid"),
        (("invitation", "revoke", "inv_00000000000000000000000000"), 3, "invitation-not-found"),
    ],
)
def test_refusals_have_their_exit_code(arguments: tuple[str, ...], code: int, kind: str) -> None:
    with nothing_recorded():
        given = run(*arguments)

    assert (given[0], given[1]["problem"]["type"]) == (code, f"/problems/{kind}")


def test_absent_people_are_named_and_then_suspended() -> None:
    person = absent("gone@acme.example", days=400)

    rehearsed = run("person", "inactive", "--days", "90", "--dry-run")[1]
    between = queries.person(person.id).status
    done = run("person", "inactive", "--days", "90")[1]

    assert ([row["email"] for row in rehearsed["suspended"]], between) == (["gone@acme.example"], "active")
    assert ([row["email"] for row in done["suspended"]], queries.person(person.id).status) == (["gone@acme.example"], "suspended")


def test_invitations_are_listed_renewed_and_withdrawn_by_command(operator: Actor) -> None:
    actions.add_person("ada@acme.example", "Ada", [], actor=operator)
    first = run("invitation", "list", "--state", "open", "-q", "ada@")[1]["invitations"][0]["id"]

    renewed = run("invitation", "renew", first)[1]
    second = run("invitation", "list", "--state", "open", "-q", "ada@")[1]["invitations"][0]["id"]
    revoked = run("invitation", "revoke", second)[1]

    assert renewed["invitation_path"].startswith("/invitation/")
    assert (first != second, revoked["invitation"]["state"]) == (True, "revoked")
    assert run("invitation", "list", "--state", "open", "-q", "ada@")[1]["invitations"] == []
