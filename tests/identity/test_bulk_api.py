"""Many people at once over HTTP: files and rows, lists, results, undo, and what is refused at the door."""

from typing import Any

import pytest

from identity import actions, queries
from identity.models import BulkRun
from kernel import ids
from kernel.actors import Actor
from tests import makers
from tests.caller import Caller
from tests.identity.answers import is_problem, json_of

PATH = "/v1/people/bulk"
WORKER = Actor.system("task:identity.bulk")
ROWS = [{"email": "ada@acme.example", "name": "Ada", "roles": ["auditor"]}, {"email": "bob@acme", "name": "=1+1"}]


def sent(root: Caller, content: bytes, **query: str) -> Any:
    """POST a file as CSV."""
    address = f"{PATH}?{'&'.join(f'{name}={value}' for name, value in query.items())}"
    headers = {"Authorization": f"Bearer {root.key}"}
    return root.client.post(address, data=content, content_type="text/csv", headers=headers)


def worked_off(answer: Any) -> dict[str, Any]:
    """What a worker would have done by now for the run of an answer."""
    run: dict[str, Any] = json_of(answer)
    actions.work_on_bulk(ids.parse("op", run["operation"]), actor=WORKER)
    return run


def test_rows_are_accepted_worked_off_and_listed_in_the_order_of_the_file(root: Caller) -> None:
    answer = root.post(PATH, {"kind": "invite", "rows": ROWS})

    run = worked_off(answer)
    assert (answer.status_code, answer["Location"], run["kind"], run["is_rehearsal"]) == (
        202,
        f"{PATH}/{run['id']}",
        "invite",
        False,
    )
    shown = json_of(root.get(f"{PATH}/{run['id']}"))
    assert (shown["state"], shown["progress_percent"]) == ("succeeded", 100)
    assert shown["counts"] == {"waiting": 0, "done": 1, "unchanged": 0, "refused": 1, "skipped": 0}
    rows = json_of(root.get(f"{PATH}/{run['id']}/rows"))["data"]
    person = queries.person_by_email("ada@acme.example")
    assert [(row["line"], row["outcome"], row["person"]) for row in rows] == [(1, "done", person.public_id), (2, "refused", None)]


def test_a_file_is_accepted_with_its_kind_in_the_address_and_its_results_are_safe_to_open(root: Caller) -> None:
    content = b'email,name\nada@acme.example,"=cmd()"\n'

    run = worked_off(sent(root, content, kind="invite", file_name="staff.csv"))

    assert (run["file_name"], run["counts"]["waiting"] + run["counts"]["done"]) == ("staff.csv", 1)
    file = root.get(f"{PATH}/{run['id']}/file")
    text = b"".join(file.streaming_content).decode()
    assert (file["Content-Type"], file["Cache-Control"]) == ("text/csv; charset=utf-8", "no-store")
    assert text.splitlines()[0] == '"line","email","outcome","detail","person","name","roles","teams","reason"'
    assert text.splitlines()[1].startswith('"2","ada@acme.example","done"')
    assert '"\'=cmd()"' in text


def test_a_rehearsal_changes_nobody_and_is_then_done_and_taken_back(root: Caller) -> None:
    rehearsal = worked_off(root.post(PATH, {"kind": "invite", "rehearse": True, "rows": ROWS[:1]}))
    assert not queries.people(q="ada@acme.example").exists()

    run = worked_off(root.post(f"{PATH}/{rehearsal['id']}/execution"))
    undo = worked_off(root.post(f"{PATH}/{run['id']}/undo"))

    assert json_of(root.get(f"{PATH}/{undo['id']}"))["undoes"] == run["id"]
    assert queries.person_by_email("ada@acme.example").status == "deactivated"
    is_problem(root.post(f"{PATH}/{run['id']}/undo"), status=409, kind="bulk-run-undone")
    is_problem(root.post(f"{PATH}/{rehearsal['id']}/undo"), status=409, kind="bulk-run-state")


def test_the_rows_of_a_run_are_searched_filtered_and_paged(root: Caller) -> None:
    rows = [{"email": f"p{number}@acme.example", "name": "P"} for number in range(7)]
    run = json_of(root.post(PATH, {"kind": "invite", "rehearse": True, "rows": rows}))
    path = f"{PATH}/{run['id']}/rows"

    first = json_of(root.get(f"{path}?limit=3"))
    second = json_of(root.get(f"{path}?limit=3&cursor={first['next_cursor']}"))

    assert [row["line"] for row in first["data"] + second["data"]] == [1, 2, 3, 4, 5, 6]
    assert [row["line"] for row in json_of(root.get(f"{path}?q=p6@"))["data"]] == [7]
    assert json_of(root.get(f"{path}?outcome=refused"))["data"] == []


def test_runs_are_listed_newest_first_and_searched(root: Caller) -> None:
    older = json_of(sent(root, b"email\nada@acme.example\n", kind="resume", file_name="june.csv", rehearse="true"))
    newer = json_of(sent(root, b"email\nada@acme.example\n", kind="resume", file_name="july.csv", rehearse="true"))

    assert [run["id"] for run in json_of(root.get(PATH))["data"]] == [newer["id"], older["id"]]
    assert [run["id"] for run in json_of(root.get(f"{PATH}?q=june"))["data"]] == [older["id"]]
    assert json_of(root.get(f"{PATH}?kind=invite"))["data"] == []


@pytest.mark.parametrize(
    ("content", "pointer"),
    [(b"email,salary\na@b.example,1\n", "/lines/1/salary"), (b"email\na@b.example\nA@b.example\n", "/lines/3/email")],
)
def test_a_file_that_cannot_be_meant_is_refused_whole_with_its_line(content: bytes, pointer: str, root: Caller) -> None:
    problem = is_problem(sent(root, content, kind="resume"), status=422, kind="bulk-file-invalid")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert not BulkRun.objects.exists()


def test_five_megabytes_are_read_and_more_is_not(root: Caller) -> None:
    line = b"p%d@acme.example,%s\n"
    content = b"email,reason\n" + b"".join(line % (number, b"r" * 490) for number in range(9_900))

    taken = sent(root, content, kind="suspend", rehearse="true")
    refused = sent(root, content + b"x" * (5 * 1024 * 1024 - len(content) + 1), kind="suspend")

    assert (len(content) > 4_900_000, taken.status_code, json_of(taken)["counts"]["waiting"] >= 0) == (True, 202, True)
    is_problem(refused, status=413, kind="too-large")


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"kind": "erase", "rows": ROWS}, 422, "invalid"),
        ({"kind": "undo", "rows": ROWS}, 422, "invalid"),
        ({"kind": "invite"}, 422, "invalid"),
        ({"kind": "invite", "rows": "ada"}, 422, "invalid"),
        ({"kind": "invite", "rows": [5]}, 422, "invalid"),
        ({"kind": "suspend", "rows": [{"email": "a@b.example"}]}, 422, "identity-input-invalid"),
        ({"kind": "invite", "rows": ROWS, "notify": True}, 422, "invalid"),
    ],
)
def test_what_no_run_can_mean_is_refused(body: dict[str, Any], status: int, kind: str, root: Caller) -> None:
    is_problem(root.post(PATH, body), status=status, kind=kind)

    assert not BulkRun.objects.exists()


def test_readers_see_runs_and_start_none(client: Caller, root: Caller) -> None:
    run = json_of(root.post(PATH, {"kind": "invite", "rehearse": True, "rows": ROWS}))
    client.key = makers.make_key(scopes=("read:*",), email="reader@acme.example").secret

    seen = client.get(f"{PATH}/{run['id']}")

    assert json_of(seen)["id"] == run["id"]
    for path in (PATH, f"{PATH}/{run['id']}/execution", f"{PATH}/{run['id']}/undo"):
        is_problem(client.post(path, {"kind": "invite", "rows": ROWS}), status=403, kind="forbidden")


@pytest.mark.parametrize("tail", ["", "/rows", "/file"])
def test_an_unknown_run_is_not_found(tail: str, root: Caller) -> None:
    for name in ("blk_00000000000000000000000000", "nonsense"):
        answer = root.get(f"{PATH}/{name}{tail}")

        assert answer.status_code == 404


def test_a_large_file_that_is_sent_with_an_idempotency_key_is_read_too(root: Caller) -> None:
    content = b"email,name\n" + b"".join(b"p%d@acme.example,P\n" % number for number in range(60_000))[:1_500_000]
    headers = {"Authorization": f"Bearer {root.key}", "Idempotency-Key": "large-1"}

    answer = root.client.post(f"{PATH}?kind=invite&rehearse=true", data=content, content_type="text/csv", headers=headers)

    is_problem(answer, status=422, kind="bulk-file-invalid")
    assert not BulkRun.objects.exists()
