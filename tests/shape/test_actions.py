"""Every action is atomic, knows who acts, and records what it did; whatever is not stands here with its reason."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shape import source
from tests.shape.source import APPS

NOT_ATOMIC = {
    "identity.prove_factor": "a refused proof must be counted, so it is raised after its transaction",
    "identity.sign_in_with_passkey": "the same",
    "identity.complete_factor": "the same",
    "identity.step_up": "the same; hashing a password takes 100 ms and holds no row",
    "identity.report_leaked_keys": "one transaction per key, in the tenant that it belongs to",
    "identity.sign_in": "hashing takes 100 ms and holds no row; the session begins in a transaction of its own",
    "identity.change_password": "as sign_in",
    "identity.end_inactive": "one transaction per person",
    "identity.work_on_bulk": "one transaction per row, so that it can be resumed",
    "identity.reset_password": "as sign_in",
    "identity.ask_password_reset": "its limits stand in Redis; what it writes has a transaction of its own",
    "identity.allow_visit": "begins in the platform; what it writes is one transaction in the tenant",
    "identity.renew_session_token": "one statement",
    "identity.reseal_home": "one transaction per batch",
    "identity.settle_secrets": "the same, and actions that are atomic",
    "identity.work_on_rotation": "each batch commits by itself, so that it can be resumed",
    "tenants.provision_tenant": "each step commits by itself, so that it can be resumed",
    "tenants.establish_platform": "the same, and the trail is only being made",
    "tenants.migrate_fleet": "as provision_tenant: each tenant commits by itself",
    "tenants.continue_fleet_run": "calls actions that are",
    "tenants.settle_fleet_run": "calls one action",
    "tenants.update_roles": "calls an action of identity in each tenant",
    "tenants.update_home": "the same",
    "tenants.relay_pending": "moves entries in transactions of their own",
    "tenants.settle_unfinished": "calls one action per tenant",
    "tenants.refill_spares": "each place commits by itself",
    "tenants.verify_domain": "asks DNS, which takes seconds, before its transaction begins",
    "tenants.check_domain": "the same",
    "tenants.check_due_domains": "the same, with a transaction for each domain",
    "tenants.carry_out_move": "each step commits by itself, so that it can be resumed",
    "tenants.settle_moves": "one transaction per tenant",
    "tenants.drop_leftovers": "one transaction per place",
    "tenants.empty_cell": "each move is an operation of its own",
    "tenants.check_cell": "asks other servers and changes nothing",
    "tenants.measure_cell": "the same",
    "tenants.locate_tenant": "the same",
    "tenants.preview_many": "changes nothing",
    "tenants.put_away_tenant": "each step commits by itself, so that it can be resumed",
    "tenants.bring_back_tenant": "the same",
    "tenants.take_final_copy": "the same",
    "tenants.erase_tenant": "the same",
    "tenants.work_through": "each tenant is changed by an action of its own",
    "tenants.settle_archiving": "calls one action per tenant",
    "tenants.purge_due": "the same",
    "tenants.work_on_backup": "each step commits by itself, so that it can be resumed",
    "tenants.work_on_check": "the same",
    "tenants.work_on_restore": "the same",
    "tenants.work_on_replacement": "the same",
    "tenants.back_up_due": "one tenant after the other, and a copy is no transaction",
    "tenants.drill_backup": "a trial makes, fills and drops a place",
    "tenants.drill_backups": "calls one action per copy",
    "tenants.expire_backups": "one transaction per copy",
    "audit.record_refusal": "is `record`, after asking whether it was said a moment ago",
    "audit.record_failure": "the same",
    "audit.record_given_up": "the same",
    "audit.record_read": "the same, in a transaction that does not wait for the disk",
    "audit.prepare": "writes nothing",
    "audit.check_stream": "asks the target, which takes seconds, before its transaction begins",
    "audit.deliver_stream": "one transaction per batch, with the stream's place in it",
    "audit.seal_pending": "one transaction per batch",
    "audit.verify_chain": "reads for minutes, and tells what it found in a transaction of its own",
    "audit.work_on_evidence": "as work_on_export",
    "audit.work_on_verification": "reads a long log outside any transaction, so that its progress can be seen",
    "audit.attack_log": "makes and removes a tenant, and what is attacked must be committed",
    "audit.sign_due": "home is told before the transaction of the cell ends",
    "audit.sign_log": "the same",
    "audit.mirror_to": "two databases: one transaction in each",
    "audit.forget_person": "the note in home comes first, and the columns are emptied in batches",
    "audit.forget_again": "the same, without a note",
    "audit.empty_forgotten": "one transaction per batch",
    "identity.look_at_person": "changes nothing; the look has a transaction of its own",
    "operations.show_result": "the same",
    "audit.tell_due": "messages are claimed and noted in transactions of their own; sending stands in none",
    "audit.tell_trial": "the same",
    "audit.watch": "one transaction per batch",
    "audit.work_on_export": "each part commits by itself, so that it can be resumed",
    "audit.tidy_exports": "one transaction per export",
    "audit.anchor_due": "asks the witness, the mail server or the like, which takes seconds, before its transaction begins",
    "audit.prune": "one transaction per month, so that it can be resumed",
    "audit.prune_due": "the same",
    "audit.try_anchor": "as anchor_due",
}
NO_ACTOR = {
    "identity.prove_factor": "the attempt's token says who",
    "identity.send_code": "the same",
    "identity.ask_for_passkey": "the same",
    "identity.begin_factor": "the same",
    "identity.show_enrolment": "the same",
    "identity.complete_factor": "the same",
    "identity.begin_passkey_sign_in": "nobody is known yet",
    "identity.sign_in_with_passkey": "the same",
    "identity.sign_in": "nobody is known yet",
    "identity.sign_out": "the session's token says who",
    "identity.reset_password": "the link's token says who",
    "identity.ask_password_reset": "nobody is known",
    "identity.begin_visit": "the link's token says who",
    "identity.accept_invitation": "the invitation's token says who",
    "tenants.update_home": "changes no row",
    "audit.append": "carries out what an actor did earlier",
    "audit.append_many": "the same",
    "audit.seal_pending": "is no act of anybody",
    "audit.sign_due": "the same",
    "audit.sign_log": "the same",
    "audit.mirror_to": "the same",
    "audit.forget_mirrored": "carries out a restore, which an actor asked for",
    "audit.forget_again": "repeats after a restore what an actor did earlier",
    "audit.empty_forgotten": "ends what an actor did earlier",
    "audit.tell_due": "is no act of anybody",
    "audit.tell_trial": "carries out what an actor asked for",
    "audit.tick": "is no act of anybody",
    "audit.watch": "the same",
}
NO_RECORD = {
    "identity.fill_seats": "each seat that is given is recorded by the part that counts seats, whoever caused it",
    "identity.ask_for_passkey": "makes a challenge; what is shown for it is recorded",
    "identity.begin_passkey_sign_in": "the same",
    "identity.show_enrolment": "the same",
    "identity.renew_session_token": "the same session; what made it necessary is recorded",
    "identity.tidy_attempts": "what has been over for a day and nobody can use; what became of it is recorded",
    "audit.start_verification": "starts an operation, which is recorded as such; what it finds is recorded when it is found",
    "tenants.update_home": "there is no trail before home",
    "tenants.relay_pending": "delivers entries that are written already",
    "tenants.update_roles": "identity records in each tenant where something changed",
    "tenants.check_cell": "changes nothing",
    "tenants.measure_cell": "the same",
    "tenants.locate_tenant": "the same",
    "tenants.preview_many": "changes nothing",
    "tenants.back_up_tenant": "starts an operation, which is recorded as such; the copy is recorded when it is taken",
    "tenants.check_backup": "the same for a trial",
    "audit.record": "is the recording itself",
    "audit.prepare": "the same",
    "audit.append": "the same",
    "audit.append_many": "the same",
    "audit.take_events": "what it writes are entries: the product's own events",
    "audit.mirror_to": "copies what is recorded",
    "audit.forget_mirrored": "removes a note about what is recorded",
    "audit.forget_again": "was recorded when it was done first",
    "audit.empty_forgotten": "the same",
    "identity.look_at_person": "changes nothing; that somebody looked is recorded as such",
    "operations.show_result": "the same",
    "audit.tell_due": "what was told stands with the alert",
    "audit.tell_trial": "was recorded when it was asked for",
    "audit.try_rule": "changes nothing",
    "audit.watch": "each alert is recorded with its batch",
}
ATOMIC = frozenset({"tenancy.atomic", "tenancy.joining", "transaction.atomic"})


def _modules(app: str) -> list[Path]:
    return [path for path in source.python(app) if path.parts[1:2] in {("actions",), ("actions.py",)}]


def _exported(app: str) -> Iterator[ast.FunctionDef]:
    """The functions that an app's actions door offers."""
    package = Path(app) / "actions" / "__init__.py"
    named = source.offered(package) if package in source.tracked() else None
    for path in _modules(app):
        for node in source.tree(path).body:
            if isinstance(node, ast.FunctionDef) and (node.name in named if named is not None else not node.name.startswith("_")):
                yield node


def _called_in(app: str) -> dict[str, set[str]]:
    """For each function in the app's action modules, the last names of what it calls."""
    called: defaultdict[str, set[str]] = defaultdict(set)
    for path in _modules(app):
        for node in source.functions(path):
            # Jobs have methods of one name; together they stand for whichever is meant.
            for call in (inner for inner in ast.walk(node) if isinstance(inner, ast.Call)):
                name = source.dotted(call)
                # What is handed over to be called is called.
                called[node.name].add(source.dotted(call.args[0]) if name == "partial" else name.rpartition(".")[2])
    return called


def _records(name: str, *, calls: dict[str, set[str]]) -> bool:
    """Whether a function calls `record`, itself or through a function beside it."""
    waiting, seen = [name], set()
    while waiting:
        current = waiting.pop()
        seen.add(current)
        called = calls.get(current, set())
        if "record" in called:
            return True
        waiting += [other for other in called if other in calls and other not in seen]
    return False


ACTIONS = [(app, node) for app in APPS for node in _exported(app)]
each_action = pytest.mark.parametrize(("app", "node"), ACTIONS, ids=[f"{app}.{node.name}" for app, node in ACTIONS])


@each_action
def test_an_action_is_atomic(app: str, node: ast.FunctionDef) -> None:
    is_atomic = bool({source.dotted(decorator) for decorator in node.decorator_list} & ATOMIC)

    assert is_atomic is (f"{app}.{node.name}" not in NOT_ATOMIC)


@each_action
def test_an_action_knows_who_acts(app: str, node: ast.FunctionDef) -> None:
    knows = "actor" in {argument.arg for argument in node.args.kwonlyargs}

    assert knows is (f"{app}.{node.name}" not in NO_ACTOR)


@each_action
def test_an_action_records(app: str, node: ast.FunctionDef) -> None:
    assert _records(node.name, calls=_called_in(app)) is (f"{app}.{node.name}" not in NO_RECORD)


@each_action
def test_an_action_takes_one_thing_by_place_and_no_flags(app: str, node: ast.FunctionDef) -> None:
    by_place = [argument.arg for argument in node.args.args]
    flags = [
        argument.arg
        for argument in (*node.args.args, *node.args.kwonlyargs)
        if isinstance(argument.annotation, ast.Name) and argument.annotation.id == "bool"
    ]

    assert len(by_place) <= (3 if node.name == "add_person" else 1)
    assert (flags, node.args.kwarg, node.args.vararg) == ([], None, None)


def test_every_exception_is_still_one() -> None:
    known = {f"{app}.{node.name}" for app, node in ACTIONS}

    assert (NOT_ATOMIC.keys() | NO_ACTOR.keys() | NO_RECORD.keys()) - known == set()
    assert len(known) >= 40
