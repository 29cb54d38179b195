"""`manage.py person` and `manage.py key`: exit codes, JSON, rehearsals."""

from io import StringIO
from typing import Any

import orjson
import pytest
from django.core.management import call_command

from identity import actions, queries
from identity.models import ApiKey, User
from kernel import tenancy
from tests import makers
from tests.identity.trail import newest, nothing_recorded


def _run(*arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON document of a command in acme, run as from a shell: with no tenant active."""
    out = StringIO()
    code = 0
    with tenancy.outside():
        try:
            call_command(*arguments, "--tenant", "acme", "--json", stdout=out)
        except SystemExit as end:
            code = int(end.code or 0)
    return code, orjson.loads(out.getvalue())


def test_a_person_is_invited_and_the_invitation_works() -> None:
    code, document = _run("person", "add", "bob@acme.example", "--name", "Bob", "--role", "member", "--role", "auditor")

    token = document["invitation_path"].removeprefix("/invitation/")
    assert (code, document["person"]["status"], document["person"]["roles"]) == (0, "invited", ["auditor", "member"])
    assert actions.accept_invitation(token, password=makers.PASSWORD, name="").email == "bob@acme.example"
    assert newest("identity.person.added")["actor"]["id"] == "command:person"


def test_a_rehearsal_changes_nothing_and_gives_no_token() -> None:
    with nothing_recorded():
        code, document = _run("person", "add", "bob@acme.example", "--name", "Bob", "--dry-run")

    assert (code, document["dry_run"], "invitation_path" in document) == (0, True, False)
    assert not User.objects.filter(email="bob@acme.example").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (("person", "add", "bob", "--name", "Bob"), 2, "identity-input-invalid"),
        (("person", "add", "ada@acme.example", "--name", "Ada"), 5, "email-taken"),
        (("person", "show", "nobody@acme.example"), 3, "person-not-found"),
        (("person", "show", "no address"), 3, "person-not-found"),
        (("person", "invite", "ada@acme.example"), 5, "person-state"),
        (("key", "create", "ci", "--owner", "nobody@acme.example", "--scope", "read:*"), 3, "person-not-found"),
        (("key", "create", "ci", "--owner", "ada@acme.example", "--scope", "everything"), 2, "identity-input-invalid"),
        (("key", "revoke", "key_unknown", "--reason", "leaked"), 3, "not-found"),
    ],
)
def test_refusals_have_their_exit_code_and_change_nothing(arguments: tuple[str, ...], code: int, kind: str) -> None:
    makers.make_person("ada@acme.example")

    with nothing_recorded():
        found, document = _run(*arguments)

    assert (found, document["problem"]["type"]) == (code, f"/problems/{kind}")


def test_an_unknown_tenant_is_not_found() -> None:
    with tenancy.outside(), pytest.raises(SystemExit) as end:
        call_command("person", "list", "--tenant", "nowhere", stdout=StringIO())

    assert end.value.code == 3


def test_a_person_is_suspended_resumed_and_deactivated() -> None:
    person = makers.make_person("bob@acme.example")

    statuses = [
        _run("person", *verb)[1]["person"]["status"]
        for verb in (
            ("suspend", "bob@acme.example", "--reason", "on leave", "--dry-run"),
            ("show", "bob@acme.example"),
            ("suspend", "bob@acme.example", "--reason", "on leave"),
            ("resume", "bob@acme.example"),
            ("deactivate", "bob@acme.example", "--reason", "left"),
            ("invite", "bob@acme.example"),
        )
    ]

    assert statuses == ["suspended", "active", "suspended", "active", "deactivated", "invited"]
    assert queries.person(person.id).status == "invited"


def test_people_are_listed_with_filters() -> None:
    makers.make_person("bob@acme.example")

    assert [person["email"] for person in _run("person", "list", "-q", "BOB")[1]["people"]] == ["bob@acme.example"]
    assert _run("person", "list", "--status", "suspended")[1]["people"] == []


def test_a_key_is_made_listed_and_revoked() -> None:
    makers.make_person("bob@acme.example", roles=("admin",))

    code, made = _run(
        "key", "create", "ci", "--owner", "BOB@acme.example", "--scope", "read:*", "--scope", "write:*", "--days", "7"
    )
    assert (code, made["key"]["scopes"], made["key"]["owner"]["email"]) == (0, ["read:*", "write:*"], "bob@acme.example")
    assert queries.key_actor(made["secret"]).may("read:audit.entries")

    assert [key["id"] for key in _run("key", "list", "--state", "active")[1]["keys"]] == [made["key"]["id"]]
    assert _run("key", "revoke", made["key"]["id"], "--reason", "leaked")[1]["key"]["state"] == "revoked"
    assert ApiKey.objects.get().revoke_reason == "leaked"


def test_a_rehearsed_key_does_not_exist() -> None:
    makers.make_person("bob@acme.example", roles=("admin",))

    code, document = _run("key", "create", "ci", "--owner", "bob@acme.example", "--scope", "read:*", "--dry-run")

    assert (code, document["dry_run"], "secret" in document) == (0, True, False)
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("person", "list"), "bob@acme.example"),
        (("person", "show", "bob@acme.example"), "status"),
        (("key", "list"), "There are no keys that match."),
        (("person", "list", "-q", "zzz"), "There are no people who match."),
    ],
)
def test_people_read_text(arguments: tuple[str, ...], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    makers.make_person("bob@acme.example", name="[red]Bob[/]")

    with tenancy.outside():
        call_command(*arguments, "--tenant", "acme")

    assert expected in capsys.readouterr().out
