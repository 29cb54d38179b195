"""The operator's commands: what they print, how they end, what a dry run leaves behind."""

import pytest

from kernel import tenancy
from tenants import resolving
from tenants.models import Tenant
from tests.tenants.commands import run
from tests.tenants.registry import registry_unchanged

OWNER = ("--owner-email", "ada@umbrella.example", "--owner-name", "Ada Lovelace")


def test_tenants_are_listed_as_json_and_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    listed = run("tenant", "list", "--json")

    assert (listed.code, listed.data["schema"]) == (0, 1)
    assert {"acme", "globex", "platform"} <= {row["slug"] for row in listed.data["tenants"]}
    assert [row["slug"] for row in run("tenant", "list", "--q", "glob", "--json").data["tenants"]] == ["globex"]
    assert run("tenant", "list", "--state", "suspended", "--json").data["tenants"] == []
    assert run("tenant", "list").code == 0
    assert "globex" in capsys.readouterr().out


def test_a_tenant_is_shown_by_slug_and_by_id(globex: tenancy.TenantRef) -> None:
    by_slug = run("tenant", "show", "globex", "--json").data
    by_id = run("tenant", "show", by_slug["tenant"]["id"], "--json").data

    assert by_slug == by_id
    assert [row["host"] for row in by_slug["domains"]] == ["globex.localhost"]


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("tenant", "show", "nobody"), 3, "tenant-not-found"),
        (("tenant", "suspend", "nobody", "--reason", "x"), 3, "tenant-not-found"),
        (("tenant", "suspend", "globex", "--reason", ""), 2, "invalid"),
        (("tenant", "suspend", "platform", "--reason", "x"), 5, "tenant-reserved"),
        (("tenant", "rename", "globex", "--slug", "acme"), 5, "slug-taken"),
        (("tenant", "rename", "globex", "--slug", "ac-me"), 5, "slug-lookalike"),
        (("tenant", "rename", "globex", "--slug", "Globex"), 2, "slug-invalid"),
        (("tenant", "create", "www", "--name", "W", *OWNER), 5, "slug-reserved"),
        (("tenant", "create", "umbrella", "--name", "U", "--cell", "cell-9", *OWNER), 2, "cell-unknown"),
        (("domain", "add", "globex", "localhost"), 2, "host-invalid"),
        (("domain", "add", "globex", "a b"), 2, "host-invalid"),
        (("domain", "add", "nobody", "a.example.com"), 3, "tenant-not-found"),
        (("domain", "release", "nothing.example.com"), 3, "domain-not-found"),
        (("domain", "release", "a b"), 2, "invalid"),
        (("domain", "release", "globex.localhost"), 5, "domain-needed"),
        (("operation", "show", "op_00000000000000000000000000"), 3, "operation-not-found"),
        (("operation", "resume", "nonsense"), 3, "operation-not-found"),
    ],
)
def test_a_refusal_ends_with_its_code_and_problem(arguments: tuple[str, ...], code: int, problem: str) -> None:
    with registry_unchanged():
        ran = run(*arguments, "--json")

    assert (ran.code, ran.data["problem"]["type"]) == (code, f"/problems/{problem}")


def test_suspending_resuming_and_renaming(globex: tenancy.TenantRef) -> None:
    suspended = run("tenant", "suspend", "globex", "--reason", "Not paid.", "--json").data["tenant"]
    assert (suspended["state"], suspended["state_reason"]) == ("suspended", "Not paid.")
    resolving.forget_all()

    assert run("tenant", "resume", "globex", "--json").data["tenant"]["state"] == "active"
    renamed = run("tenant", "rename", "globex", "--slug", "globex-group", "--name", "Globex Group", "--json").data["tenant"]
    assert (renamed["slug"], renamed["name"], renamed["host"]) == ("globex-group", "Globex Group", "globex-group.localhost")
    assert run("tenant", "show", "globex", "--json").code == 3


@pytest.mark.committed
@pytest.mark.parametrize(
    "arguments",
    [
        ("tenant", "create", "umbrella", "--name", "Umbrella", *OWNER),
        ("tenant", "suspend", "globex", "--reason", "Not paid."),
        ("tenant", "rename", "globex", "--slug", "globex-group"),
        ("domain", "add", "globex", "id.globex.com"),
    ],
)
def test_a_dry_run_says_what_would_be_and_changes_nothing(arguments: tuple[str, ...]) -> None:
    with registry_unchanged():
        ran = run(*arguments, "--dry-run", "--json")

    assert (ran.code, ran.data["dry_run"]) == (0, True)
    assert not Tenant.objects.filter(slug__in=("umbrella", "globex-group")).exists()


@pytest.mark.committed
def test_creating_waits_until_the_tenant_is_open_and_gives_the_invitation() -> None:
    ran = run(
        "tenant",
        "create",
        "hooli",
        "--name",
        "Hooli",
        "--owner-email",
        "gavin@hooli.example",
        "--owner-name",
        "Gavin",
        "--inline",
        "--json",
    )

    assert ran.code == 0, ran.out
    assert (ran.data["state"], ran.data["tenant"]["state"]) == ("succeeded", "active")
    assert ran.data["result"]["invitation_url"].startswith("http://hooli.localhost")
    shown = run("operation", "show", ran.data["operation"], "--json").data["operation"]
    assert (shown["state"], shown["progress_percent"], shown["subject"]) == ("succeeded", 100, ran.data["tenant"]["id"])
    assert run("operation", "resume", ran.data["operation"], "--json").code == 5
    assert run("operation", "cancel", ran.data["operation"], "--json").code == 5
    assert ran.data["operation"] in {row["id"] for row in run("operation", "list", "--json").data["operations"]}


@pytest.mark.committed
def test_creating_without_waiting_leaves_the_work_to_a_worker() -> None:
    ran = run("tenant", "create", "piedpiper", "--name", "Pied Piper", "--owner-email", "r@piedpiper.example", "--owner-name", "Richard",
              "--no-wait", "--json")  # fmt: skip

    assert (ran.code, ran.data["tenant"]["state"]) == (0, "provisioning")
    assert run("operation", "show", ran.data["operation"], "--json").data["operation"]["state"] == "queued"
    cancelled = run("operation", "cancel", ran.data["operation"], "--json").data["operation"]
    assert cancelled["state"] == "cancelled"


def test_cells_are_listed() -> None:
    (cell,) = run("cell", "list", "--json").data["cells"]

    assert (cell["name"], cell["tenant_count"]) == ("cell-1", Tenant.objects.count())


def test_wrong_usage_ends_with_two() -> None:
    with pytest.raises((SystemExit, Exception)) as ended:
        run("tenant", "suspend", "globex")

    assert "reason" in str(ended.value)
