"""Keys that somebody found: revoked by whoever has their text, and nothing told."""

from collections.abc import Iterator
from typing import Any

import pytest

from audit import actions as audit
from identity import actions, key_format, leak_mail, queries, tasks
from identity.models import ApiKey, ServiceAccount, User
from identity.problems import KeyRefused, TooManyReports
from kernel import context, tenancy
from kernel.problems import MailRefused
from kernel.tenancy import Purpose, TenantRef
from tests import mailbox, makers
from tests.caller import Caller
from tests.identity.answers import is_problem, json_of
from tests.identity.trail import newest, nothing_recorded, recorded
from tests.mailbox import Mailbox

LEAKED, REPORTED = "identity.api_key.leaked", "identity.api_key.leaks_reported"


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("admin",))


@pytest.fixture
def created(ada: User) -> actions.Created:
    return actions.create_api_key("ci", scopes=["read:*"], actor=makers.actor_of(ada))


@pytest.fixture
def post(settings: Any) -> Iterator[Mailbox]:
    with mailbox.listening() as box:
        settings.MAIL_URL = box.url
        yield box


def is_refused(secret: str) -> bool:
    try:
        queries.key_actor(secret)
    except KeyRefused:
        return True
    return False


def test_a_reported_key_is_dead_at_once(client: Caller, created: actions.Created, ada: User) -> None:
    assert not is_refused(created.secret)

    answer = client.post("/v1/leaked-keys", {"leaks": [{"token": created.secret, "url": "https://code.example/x"}]})

    assert (answer.status_code, json_of(answer)) == (202, {"received": 1})
    assert is_refused(created.secret)
    key = queries.api_key(created.key.id)
    assert (key.state, key.revoke_reason, key.version) == ("revoked", "leaked", 2)
    entry = newest(LEAKED)
    assert (entry["severity"], entry["subject"]["id"], entry["actor"]["id"]) == (4, key.public_id, "anonymous")
    assert entry["details"] == {"key_id": key.key_id, "owner": ada.public_id, "found_at": "https://code.example/x"}
    assert created.secret.split("_")[2] not in str(entry)


def test_the_overlap_of_a_replaced_key_does_not_save_it(client: Caller, created: actions.Created, ada: User) -> None:
    new = actions.rotate_api_key(created.key.id, overlap_hours=720, actor=makers.actor_of(ada))

    client.post("/v1/leaked-keys", {"leaks": [{"token": created.secret}]})

    assert is_refused(created.secret)
    assert not is_refused(new.secret)


def test_scanners_may_send_a_bare_list_with_words_of_their_own(client: Caller, created: actions.Created) -> None:
    found = [
        {"token": "nothing of ours", "type": "other"},
        {"token": f" {created.secret}\n", "type": "freehold_api_key", "url": "https://code.example/y", "source": "commit"},
    ]

    answer = client.post("/v1/leaked-keys", found)

    assert json_of(answer) == {"received": 2}
    assert is_refused(created.secret)


def test_the_answer_does_not_tell_what_was_a_key(
    client: Caller, created: actions.Created, acme: TenantRef, globex: TenantRef
) -> None:
    body = created.secret[: -key_format.CHECKSUM_LENGTH - 1] + (
        "0" if created.secret[-key_format.CHECKSUM_LENGTH - 1] != "0" else "1"
    )
    texts = [
        created.secret,
        created.secret,
        body + key_format.checksum(body),
        key_format.generate(tenant_code=acme.code).text,
        key_format.generate(tenant_code=globex.code).text,
        "fh_",
        "x" * 1000,
    ]

    answers = [client.post("/v1/leaked-keys", {"leaks": [{"token": text}]}) for text in texts]

    assert {(answer.status_code, answer.content) for answer in answers} == {(202, b'{"received":1}')}
    assert len(recorded(LEAKED)) == 1


def test_a_text_that_differs_in_one_sign_revokes_nothing(client: Caller, created: actions.Created) -> None:
    place = -key_format.CHECKSUM_LENGTH - 1
    other = "0" if created.secret[place] != "0" else "1"
    body = created.secret[:place] + other

    client.post("/v1/leaked-keys", {"leaks": [{"token": body + key_format.checksum(body)}]})

    assert not is_refused(created.secret)
    assert newest(REPORTED)["details"] == {"reported": 1, "revoked": 0}


def test_a_key_of_another_tenant_is_left_alone_here_and_revoked_by_the_operator(
    client: Caller, operator_client: Caller, globex: TenantRef
) -> None:
    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        theirs = makers.make_key(email="keys@globex.example")
    client.post("/v1/leaked-keys", {"leaks": [{"token": theirs.secret}]})
    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        assert not is_refused(theirs.secret)

    answer = operator_client.post(
        "/v1/leaked-keys", {"leaks": [{"token": theirs.secret}, {"token": "fh_" + "z" * 16 + "_" + "z" * 38}]}
    )

    assert json_of(answer) == {"received": 2}
    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        assert is_refused(theirs.secret)
        assert len(recorded(LEAKED)) == 1
    assert recorded(LEAKED) == []


@pytest.mark.parametrize(
    "body",
    [{}, [], {"leaks": []}, {"leaks": "fh_"}, {"leaks": [{}]}, {"leaks": [{"token": 5}]}, {"leaks": [{"token": "x" * 1001}]}, ["fh_"],
     {"leaks": [{"token": "x"}] * 101}, "fh_", 5, None, {"keys": ["fh_"]}],
)  # fmt: skip
def test_what_is_no_report_is_refused(body: Any, client: Caller) -> None:
    with nothing_recorded():
        answer = client.post("/v1/leaked-keys", b"null" if body is None else body)

    assert answer.status_code == 422


def test_reports_from_one_place_are_counted(client: Caller, created: actions.Created) -> None:
    for _ in range(20):
        assert client.post("/v1/leaked-keys", {"leaks": [{"token": "fh_"}]}).status_code == 202

    answer = client.post("/v1/leaked-keys", {"leaks": [{"token": created.secret}]})

    assert is_problem(answer, status=429, kind="too-many-reports")["retry_after_s"] == 60
    assert answer["Retry-After"] == "60"
    assert not is_refused(created.secret)


def test_one_subscribers_ipv6_addresses_are_one_place(created: actions.Created) -> None:
    def report(number: int) -> None:
        with context.bound(context.RequestContext(request_id="stranger", address=f"2001:db8:1:2::{number:x}")):
            actions.report_leaked_keys([actions.Leak("fh_")], actor=audit.ANONYMOUS)

    for number in range(20):
        report(number)
    with nothing_recorded(), pytest.raises(TooManyReports):
        report(20)


def test_what_strangers_write_stands_on_one_line(client: Caller, created: actions.Created) -> None:
    client.post("/v1/leaked-keys", {"leaks": [{"token": created.secret, "url": "https://x/\r\n\u202eevil" + "a" * 600}]})

    assert newest(LEAKED)["details"]["found_at"] == ("https://x/   evil" + "a" * 600)[:500]


def test_the_owner_and_the_owners_are_told_by_mail(created: actions.Created, ada: User, post: Mailbox) -> None:
    makers.make_person("boss@acme.example", name="Bea Boss", roles=("owner",))
    told = {row.email for row in queries.people() if row.email in {"ada@acme.example", "boss@acme.example"}}

    for email in sorted(told):
        tasks.mail_about_leaked_key.run(key_id=str(created.key.id), person_id=str(queries.person_by_email(email).id))

    assert [recipients for _, recipients, _ in post.taken] == [["ada@acme.example"], ["boss@acme.example"]]
    text = post.taken[0][2].get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert created.key.display in text
    assert f"/api-keys/{created.key.public_id}" in text
    assert created.secret not in text


def test_the_holder_and_every_owner_should_know(created: actions.Created, ada: User) -> None:
    boss = makers.make_person("boss@acme.example", roles=("owner",))
    robot = ServiceAccount.objects.create(name="robot", label="Robot")
    robots = actions.create_api_key("robots", scopes=["read:*"], service_account_id=robot.id, actor=makers.actor_of(ada))

    assert leak_mail.to_tell(created.key) == [ada.id, boss.id]
    assert leak_mail.to_tell(robots.key) == [boss.id]


def test_a_mail_that_will_never_be_taken_is_not_tried_again(created: actions.Created, post: Mailbox) -> None:
    gone = makers.make_person("gone@acme.example")

    with pytest.raises(MailRefused):
        tasks.mail_about_leaked_key.run(key_id=str(created.key.id), person_id=str(gone.id))

    assert post.taken == []


def test_without_a_mail_server_the_key_is_revoked_all_the_same(created: actions.Created) -> None:
    actions.report_leaked_keys([actions.Leak(created.secret)], actor=makers.OPERATOR)

    assert ApiKey.objects.get(id=created.key.id).revoke_reason == "leaked"
