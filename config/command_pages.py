"""The page of the operator's commands, read from their own parsers: verbs, arguments, help, exit codes."""

import argparse
import inspect
from collections.abc import Iterator

from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

OWNERS = ("config", "tenants", "identity", "operations", "audit")
# Said once, in the page's introduction.
SHARED = frozenset(
    {"print one JSON document", "print one JSON object", "do everything, then undo it, and say what would have happened"}
)
DJANGOS_OWN = frozenset(
    {"version", "verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks", "help"}
)


def names() -> dict[str, str]:
    """The product's own commands: name → app, sorted by name."""
    return {name: app for name, app in sorted(get_commands().items()) if app in OWNERS}


def commands() -> str:
    """One section per command, one heading per verb."""
    return "\n\n".join(_section(name, app=app) for name, app in names().items())


def _section(name: str, *, app: str) -> str:
    command = load_command_class(app, name)
    parser = command.create_parser("manage.py", name)
    verbs = dict(_verbs(parser))
    parts = [f"## {name}", inspect.cleandoc(_told(command))]
    parts += [_verb(f"{name} {verb}", inner) for verb, inner in verbs.items()] or [_usage(name, parser)]
    return "\n\n".join(parts)


def _told(command: BaseCommand) -> str:
    """What the command's class says of it, or its help where it says nothing of its own."""
    own = type(command).__doc__
    return own if own and own != BaseCommand.__doc__ else str(command.help)


def _verbs(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:  # noqa: SLF001 - argparse shows its arguments nowhere else
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            yield from action.choices.items()


def _verb(name: str, parser: argparse.ArgumentParser) -> str:
    return f"### {name}\n\n{parser.description or ''}\n\n{_usage(name, parser)}"


def _usage(name: str, parser: argparse.ArgumentParser) -> str:
    """The command line, then each argument with its help."""
    own = [action for action in parser._actions if action.dest not in DJANGOS_OWN]  # noqa: SLF001 - as above
    line = " ".join(["manage.py", name, *(_synopsis(action) for action in own)])
    listed = "\n".join(f"- `{_spelling(action)}`: {_help(action)}" for action in own if action.help and action.help not in SHARED)
    return f"```text\n{line}\n```" + (f"\n\n{listed}" if listed else "")


def _synopsis(action: argparse.Action) -> str:
    spelling = _spelling(action)
    repeated = f"{spelling} [{spelling} …]" if isinstance(action, argparse._AppendAction) else spelling  # noqa: SLF001 - as above
    return repeated if action.required else f"[{repeated}]"


def _spelling(action: argparse.Action) -> str:
    """`--name NAME`, `--json`, or for what has no flag its name in capitals."""
    if not action.option_strings:
        return str(action.metavar or action.dest.upper())
    value = str(action.metavar or "|".join(str(choice) for choice in action.choices or () if choice) or action.dest.upper())
    flag = max(action.option_strings, key=len)
    return flag if action.nargs == 0 else f"{flag} {value}"


def _help(action: argparse.Action) -> str:
    return str(action.help).replace("%%", "%")
