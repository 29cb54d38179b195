"""Network rules over HTTP and by command: whom they let in, from which address, and how they are set."""

import io
import json
from typing import Any

import pytest
from django.conf import settings as installed
from django.core.management import call_command

from identity import actions, queries
from identity.models import Role, ServiceAccount, User
from identity.problems import KeyRefused, SignInRefused
from kernel import context, tenancy
from tests import makers
from tests.caller import Caller
from tests.identity.answers import is_problem, json_of

HERE = "192.0.2.7"

ELSEWHERE = context.RequestContext(request_id="elsewhere", address="203.0.113.9")


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("admin",))


def role(name: str) -> Role:
    return Role.objects.get(name=name)


class TestOverHttp:
    """Sessions, sign-in and keys, at the edge."""

    @pytest.fixture
    def key(self, ada: User) -> str:
        return actions.create_api_key("ci", scopes=["read:*"], actor=makers.actor_of(ada)).secret

    @pytest.mark.parametrize(
        ("proxies", "forwarded", "is_let_in"),
        [
            (0, "", False),
            (0, HERE, False),
            (1, HERE, True),
            (1, f"{HERE}, 203.0.113.9", False),
            (1, f"203.0.113.9, {HERE}", True),
            (2, f"{HERE}, 203.0.113.9, 10.0.0.1", False),
            (2, f"203.0.113.9, {HERE}, 10.0.0.1", True),
            (2, HERE, False),
            (1, f"::ffff:{HERE}", True),
            (1, f"{HERE}:443", False),
            (1, f'"{HERE}"', False),
            (1, f" , ,{HERE} , ", True),
            (1, "192.0.2.0/24", False),
            (1, "unknown", False),
        ],
    )
    def test_only_what_our_own_proxies_say_is_believed(
        self, proxies: int, forwarded: str, *, is_let_in: bool, key: str, client: Caller, settings: Any
    ) -> None:
        settings.TRUSTED_PROXIES = proxies
        actions.add_network("192.0.2.0/24", actor=makers.OPERATOR)
        client.key = key

        answer = client.get("/v1/people", HTTP_X_FORWARDED_FOR=forwarded, REMOTE_ADDR="203.0.113.200")

        assert answer.status_code == (200 if is_let_in else 401)

    def test_every_refusal_of_a_key_answers_alike(self, key: str, client: Caller) -> None:
        client.key = key[:-1] + ("a" if key[-1] != "a" else "b")
        garbled = json_of(client.get("/v1/me"))
        actions.add_network("10.0.0.0/8", actor=makers.OPERATOR)
        client.key = key

        elsewhere = is_problem(client.get("/v1/me"), status=401, kind="api-key-refused")

        assert {**elsewhere, "request_id": ""} == {**garbled, "request_id": ""}

    def test_a_session_is_refused_from_its_next_request_on_and_works_again_at_home(self, ada: User, client: Caller) -> None:
        signed_in = actions.sign_in("ada@acme.example", password=makers.PASSWORD)
        cookie = f"{installed.SESSION_COOKIE_NAME}={signed_in.session_token}"  # type: ignore[union-attr]
        assert client.get("/v1/me", HTTP_COOKIE=cookie, REMOTE_ADDR="203.0.113.9").status_code == 200

        actions.add_network("192.0.2.0/24", actor=makers.actor_of(ada))

        assert client.get("/v1/me", HTTP_COOKIE=cookie, REMOTE_ADDR="203.0.113.9").status_code == 401
        assert client.get("/v1/me", HTTP_COOKIE=cookie, REMOTE_ADDR=HERE).status_code == 200

    def test_nobody_signs_in_from_elsewhere_and_the_answer_is_that_of_a_wrong_password(self) -> None:
        makers.make_person("bob@acme.example")
        actions.add_network("192.0.2.0/24", actor=makers.OPERATOR)

        with context.bound(ELSEWHERE), pytest.raises(SignInRefused) as elsewhere:
            actions.sign_in("bob@acme.example", password=makers.PASSWORD)
        with pytest.raises(SignInRefused) as wrong:
            actions.sign_in("bob@acme.example", password="not this one")

        assert elsewhere.value.document() == wrong.value.document()

    def test_a_rule_is_made_shown_listed_and_taken_back(self, root: Caller) -> None:
        made = root.post("/v1/networks", {"cidr": "127.0.0.0/8", "note": "This machine"})
        document = json_of(made)
        assert (made.status_code, document["cidr"], document["role"]) == (201, "127.0.0.0/8", None)
        of_admins = root.post("/v1/networks", {"cidr": "10.0.0.0/8", "role": role("admin").public_id})
        assert json_of(of_admins)["role"] == {"id": role("admin").public_id, "name": "admin"}

        assert json_of(root.get(made["Location"])) == document
        assert [rule["cidr"] for rule in json_of(root.get("/v1/networks"))["data"]] == ["10.0.0.0/8", "127.0.0.0/8"]
        assert [rule["cidr"] for rule in json_of(root.get("/v1/networks?scope=tenant&q=machine"))["data"]] == ["127.0.0.0/8"]
        is_problem(
            root.post("/v1/networks", {"cidr": "192.0.2.0/24", "role": role("owner").public_id}), status=409, kind="would-lock-out"
        )
        assert root.delete(made["Location"]).status_code == 204
        is_problem(root.get(made["Location"]), status=404, kind="network-not-found")

    def test_a_key_is_bound_changed_and_replaced(self, root: Caller) -> None:
        made = root.post(
            "/v1/api-keys", {"name": "ci", "scopes": ["read:*"], "networks": ["10.0.0.0/8"], "rate_per_s": 9, "kind": "trial"}
        )
        assert [json_of(made)[name] for name in ("networks", "rate_per_s", "kind")] == [["10.0.0.0/8"], 9, "trial"]

        bound = root.put(f"{made['Location']}/networks", {"networks": ["127.0.0.1"]}, HTTP_IF_MATCH=made["ETag"])
        changed = root.patch(made["Location"], {"name": "nightly", "rate_per_s": 0}, HTTP_IF_MATCH=bound["ETag"])
        replaced = root.post(f"{made['Location']}/rotation", {"overlap_hours": 48})

        assert json_of(bound)["networks"] == ["127.0.0.1/32"]
        assert (json_of(changed)["name"], json_of(changed)["rate_per_s"], changed["ETag"]) == ("nightly", 0, '"v3"')
        assert (replaced.status_code, json_of(replaced)["rotated_from"]) == (201, json_of(made)["id"])
        assert json_of(root.get(made["Location"]))["overlap_until"] is not None
        root.key = json_of(replaced)["secret"]
        assert root.get("/v1/people").status_code == 200

    def test_a_key_that_is_too_fast_is_told_when_to_come_back(self, root: Caller) -> None:
        made = root.post("/v1/api-keys", {"name": "ci", "scopes": ["read:*"], "rate_per_s": 1})
        root.key = json_of(made)["secret"]

        answers = [root.get("/v1/me") for _ in range(40)]

        slow = [answer for answer in answers if answer.status_code == 429]
        assert slow
        assert is_problem(slow[0], status=429, kind="api-key-too-fast")["per_s"] == 1
        assert slow[0]["Retry-After"] == "1"


def _run(*words: str) -> dict[str, Any]:
    out = io.StringIO()
    with tenancy.outside():
        call_command(*words, "--tenant", "acme", "--json", stdout=out)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def test_the_command_allows_shows_checks_takes_back_and_clears(ada: User) -> None:
    added = _run("network", "add", "192.0.2.0/24", "--note", "Office")["network"]
    _run("network", "add", "192.0.2.0/25", "--role", "admin")

    assert [rule["role"] and rule["role"]["name"] for rule in _run("network", "list")["networks"]] == ["admin", None]
    assert _run("network", "check", "ada@acme.example", "192.0.2.200")["allowed"] is False
    assert _run("network", "check", "ada@acme.example", "192.0.2.20")["allowed"] is True
    assert _run("network", "remove", added["id"], "--dry-run")["dry_run"] is True
    assert _run("network", "clear", "--reason", "Shut out.") == {"schema": 1, "removed": 2}
    assert _run("network", "check", "ada@acme.example", "203.0.113.9")["allowed"] is True


def test_the_command_of_keys_makes_changes_replaces_and_takes_leaked_ones(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    robot = ServiceAccount.objects.create(name="robot", label="Robot")
    robot.bindings.create(role=role("auditor"))
    made = _run("key", "create", "ci", "--service-account", "robot", "--scope", "read:*", "--network", "10.0.0.0/8", "--trial")
    assert (made["key"]["kind"], made["key"]["networks"], made["key"]["owner"]["name"]) == ("trial", ["10.0.0.0/8"], "robot")

    changed = _run("key", "change", made["key"]["id"], "--any-network", "--rate", "7")["key"]
    assert (changed["networks"], changed["rate_per_s"]) == ([], 7)
    replaced = _run("key", "rotate", made["key"]["id"], "--overlap", "2")
    assert replaced["key"]["rotated_from"] == made["key"]["id"]
    assert [key["id"] for key in _run("key", "list", "--of", "service_account", "--state", "active")["keys"]] == [
        replaced["key"]["id"],
        made["key"]["id"],
    ]

    monkeypatch.setattr("sys.stdin", io.StringIO(f"{made['secret']}\n\nnothing\n"))
    assert _run("key", "leaked", "-", "--found-at", "a log")["received"] == 2
    with pytest.raises(KeyRefused):
        queries.key_actor(made["secret"])
    assert queries.key_actor(replaced["secret"])
