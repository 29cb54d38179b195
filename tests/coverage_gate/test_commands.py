"""Every verb of a command that changes something: called once, it leaves an entry, done or refused; what has no verbs has its reason here."""

import argparse
import io
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands, load_command_class

from kernel.commands import OperatorCommand
from kernel.tenancy import TenantRef
from tests.coverage_gate.trails import told, undone

OURS = {"audit", "config", "console", "identity", "kernel", "operations", "tenants"}
NOTHING = "no-such-thing"
PROCESSES = "starts and stops processes of this machine, and changes no row"
WITHOUT_VERBS = {
    "bench": "measures in an installation of its own",
    "catalogue": "writes papers of the source tree",
    "demo": "makes tenants by actions that record",
    "doctor": "reads",
    "down": PROCESSES,
    "drain": PROCESSES,
    "prepare_server": "makes roles and databases before there is a trail",
    "reset": "removes the whole installation, its trails included",
    "serve": PROCESSES,
    "setup": "makes home, the platform and its trail by actions that record",
    "up": PROCESSES,
}
EXCUSED = {
    "backup run": "takes the copies that are due; each is recorded by an action",
    "backup drill": "tries copies in places of its own; each trial is recorded by an action",
    "fleet migrate": "works on every tenant, each by an action that records; tests/fleet lets it",
    "person inactive": "everybody was seen a moment ago; each person who is suspended is recorded by an action",
    "seat fill": "nobody waits; each person who enters is recorded",
    "fleet spares": "lists places that wait for a tenant; each that is built or dropped is recorded by an action",
}
ARGUMENTS = {
    "key create": [NOTHING, "--owner", f"{NOTHING}@acme.example", "--scope", "read:*"],
    "seat set": ["--maximum", NOTHING],
    "security set": ["--step-up-s", "1"],
    "tenant bulk": ["delete", "--slug", NOTHING, "--reason", "A test."],
    "tenant residency": [NOTHING, "--none"],
    "tenant restore": [NOTHING, "--as", NOTHING],
}
"""For verbs that take one of several arguments."""


def _commands() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for name, app in sorted(get_commands().items()):
        if app.partition(".")[0] in OURS:
            command = load_command_class(app, name)
            yield name, command.create_parser("manage.py", name)


def _verbs() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """`command verb` of whatever changes something, with its parser."""
    for name, parser in _commands():
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for verb, inner in action.choices.items():
                    if inner.get_default("is_changing"):
                        yield f"{name} {verb}", inner


def _needed(parser: argparse.ArgumentParser) -> list[str]:
    """Arguments that are well-formed and name nothing."""
    words = []
    for action in parser._actions:
        if action.required:
            value = str(next(iter(action.choices))) if action.choices else {int: "1", Path: f"/{NOTHING}"}.get(action.type, NOTHING)  # type: ignore[call-overload]
            words += [*action.option_strings[:1], value]
    return words


VERBS = dict(_verbs())


@pytest.mark.parametrize("verb", sorted(VERBS.keys() - EXCUSED.keys()))
def test_a_changing_verb_leaves_an_entry_whatever_becomes_of_it(verb: str, acme: TenantRef, platform: TenantRef) -> None:
    silence = io.StringIO()
    with undone():
        before = told(acme, platform)

        with redirect_stdout(silence), redirect_stderr(silence), suppress(SystemExit):
            call_command(*verb.split(), *ARGUMENTS.get(verb, _needed(VERBS[verb])), "--json", stdout=silence)

        assert told(acme, platform) > before, silence.getvalue()


def test_a_rehearsal_that_is_refused_leaves_none(acme: TenantRef, platform: TenantRef) -> None:
    with undone():
        before = told(acme, platform)

        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), pytest.raises(SystemExit):
            call_command("person", "resume", "nobody@acme.example", "--tenant", acme.slug, "--dry-run")

        assert told(acme, platform) == before


def test_commands_without_verbs_have_their_reason() -> None:
    without = {name for name, _ in _commands()} - {verb.split()[0] for verb in VERBS}
    reading = {name for name, _ in _commands() if isinstance(load_command_class(get_commands()[name], name), OperatorCommand)}

    assert without - reading <= WITHOUT_VERBS.keys()
    assert WITHOUT_VERBS.keys() <= without
    assert EXCUSED.keys() | ARGUMENTS.keys() <= VERBS.keys()
    assert len(VERBS) >= 50
