"""`manage.py stream list|show|status|create|change|pause|resume|replay|test|remove`: where a tenant's entries are sent."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.markup import escape
from rich.table import Table

from audit import actions, queries
from audit.actions import Wanted
from audit.models import STREAM_PREFIX, Format, Stream, StreamKind
from kernel import ids, tenancy
from kernel.commands import CHECK_FAILED, DONE, OperatorCommand, Options, Outcome, dry_mark
from kernel.problems import Invalid

SETTINGS = ("url", "host", "port", "endpoint", "bucket", "prefix", "region")
BAD = frozenset({"failing"})


class Command(OperatorCommand):
    """Send a tenant's audit trail to other systems, and see how far behind they are.

    Exit codes: 0 done, 1 error, 2 wrong usage or input, 3 not found, 4 not allowed, 5 conflict, 6 a test was not taken, or a stream is failing.
    """

    help = "Send a tenant's audit trail to other systems, and see how far behind they are."

    def declare(self) -> None:
        """The verbs and their arguments."""
        plain = [
            self.verb("list", self.list_streams, help_text="The streams of a tenant and how they do."),
            self.verb("status", self.status, help_text="Whether all streams of a tenant do well; exit code 6 when one is failing."),
        ]
        named = [
            self.verb("show", self.show, help_text="One stream; its secret is never shown."),
            self.changing_verb("change", self.change, help_text="Change a stream; what is left out stays, and so does its place."),
            self.changing_verb("pause", self.pause, help_text="Send nothing until it is resumed; its place is kept."),
            self.changing_verb("resume", self.resume, help_text="Go on where it stopped."),
            self.changing_verb("replay", self.replay, help_text="Send everything from a place on again."),
            self.verb(
                "test", self.test, help_text="Send one marked test record now; exit code 6 when the target does not take it."
            ),
            self.changing_verb("remove", self.remove, help_text="Send nothing more, and forget the secret."),
        ]
        making = self.changing_verb("create", self.create, help_text="Send entries to another system from now on.")
        for parser in named:
            parser.add_argument("stream", help="stm_… or its name")
        named[2].add_argument("--reason", required=True, help="stands in the trail")
        named[4].add_argument("--from-seq", type=int, required=True, help="the first place to send again, 1 for everything")
        self._of_new(making)
        self._of_changed(named[1])
        for parser in (*plain, *named, making):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def list_streams(self, options: Options) -> Outcome:
        """All streams."""
        with self.enter(options["tenant"]):
            shown = queries.stream_documents(list(queries.streams().order_by("name")))
        return Outcome({"streams": shown}, _table(shown))

    def status(self, options: Options) -> Outcome:
        """The same, with an exit code for watchers."""
        with self.enter(options["tenant"]):
            shown = queries.stream_documents(list(queries.streams().order_by("name")))
        failing = [row["name"] for row in shown if row["state"] in BAD]
        return Outcome({"ok": not failing, "failing": failing, "streams": shown}, _table(shown), CHECK_FAILED if failing else DONE)

    def show(self, options: Options) -> Outcome:
        """One stream."""
        with self.enter(options["tenant"]):
            return _shown(_named(options), options=options)

    def create(self, options: Options) -> Outcome:
        """Make a stream; its secret comes from a file, so that it stands in no list of processes."""
        wanted = _wanted(options, settings=_settings_of(options))
        with self.enter(options["tenant"]), self.changing(options):
            stream = actions.create_stream(options["kind"], wanted=wanted, from_seq=options["from_seq"], actor=self.actor)
            return _shown(stream, options=options)

    def change(self, options: Options) -> Outcome:
        """Change it; settings that are given replace those of the same name, filters replace all that it had."""
        settings, is_open = _settings_of(options), options["everything"]
        with self.enter(options["tenant"]), self.changing(options):
            stream = _named(options)
            wanted = _wanted(options, settings={**stream.settings, **settings} if settings else None)
            wanted = replace(wanted, filters=wanted.filters if wanted.filters or is_open else None)
            return _shown(actions.change_stream(stream.pk, wanted=wanted, actor=self.actor), options=options)

    def pause(self, options: Options) -> Outcome:
        """Pause it."""
        with self.enter(options["tenant"]), self.changing(options):
            return _shown(actions.pause_stream(_named(options).pk, reason=options["reason"], actor=self.actor), options=options)

    def resume(self, options: Options) -> Outcome:
        """Resume it."""
        with self.enter(options["tenant"]), self.changing(options):
            return _shown(actions.resume_stream(_named(options).pk, actor=self.actor), options=options)

    def replay(self, options: Options) -> Outcome:
        """Send again."""
        with self.enter(options["tenant"]), self.changing(options):
            stream = actions.replay_stream(_named(options).pk, from_seq=options["from_seq"], actor=self.actor)
            return _shown(stream, options=options)

    def test(self, options: Options) -> Outcome:
        """Send a test record."""
        with self.enter(options["tenant"]):
            trial = actions.check_stream(_named(options).pk, actor=self.actor)
        text = f"[green]Taken[/]: {escape(trial.answer)}" if trial.is_taken else f"[bold red]Not taken[/]: {escape(trial.answer)}"
        return Outcome({"is_taken": trial.is_taken, "answer": trial.answer}, text, DONE if trial.is_taken else CHECK_FAILED)

    def remove(self, options: Options) -> Outcome:
        """Remove it."""
        with self.enter(options["tenant"]), self.changing(options):
            stream = _named(options)
            shown = queries.stream_document(stream)
            actions.remove_stream(stream.pk, actor=self.actor)
        ending = "would be removed. Nothing was changed." if options["dry_run"] else "is removed."
        return Outcome({"removed": shown, **dry_mark(options)}, f"{escape(shown['name'])} {ending}")

    def _of_new(self, parser: argparse.ArgumentParser) -> None:
        """What a new stream is told."""
        parser.add_argument("name", help="what people call it")
        parser.add_argument("kind", choices=StreamKind.values)
        self._of_both(parser)
        parser.add_argument("--from-seq", type=int, help="the first place to send, 1 for everything; left out: from now on")

    def _of_changed(self, parser: argparse.ArgumentParser) -> None:
        """What a stream is told anew."""
        parser.add_argument("--name", default=None, help="what people call it from now on")
        self._of_both(parser)
        parser.add_argument("--everything", action="store_true", help="send entries of all kinds: take its filters away")

    def _of_both(self, parser: argparse.ArgumentParser) -> None:
        for setting in SETTINGS:
            parser.add_argument(f"--{setting}", default="", help="where the kind needs it")
        parser.add_argument("--ca-file", type=Path, help="certificates in PEM form that are believed instead of the system's")
        parser.add_argument("--secret-file", type=Path, help="lines of name=value, e.g. token=…; what the kind needs")
        parser.add_argument("--format", default="", choices=["", *Format.values])
        parser.add_argument("--format-version", default="")
        parser.add_argument(
            "--filter", action="append", default=[], metavar="NAME=VALUE", help="as in the list of entries; repeatable"
        )


def _settings_of(options: Options) -> dict[str, str]:
    """The settings that were given. Raises Invalid for a file that cannot be read."""
    settings = {name: options[name] for name in SETTINGS if options[name]}
    return settings | ({"ca": _text_of(options["ca_file"])} if options["ca_file"] else {})


def _wanted(options: Options, *, settings: dict[str, str] | None) -> Wanted:
    """What a stream shall be. Raises Invalid."""
    return Wanted(
        name=options["name"],
        settings=settings,
        secret=_secret_of(options["secret_file"]),
        format=options["format"] or None,
        format_version=options["format_version"] or None,
        filters=dict(pair.partition("=")[::2] for pair in options["filter"]),
    )


def _named(options: Options) -> Stream:
    """The stream of an id or a name. Raises StreamNotFound."""
    text = options["stream"]
    identifier = _id_in(text)
    return queries.stream_named(text) if identifier is None else queries.stream(identifier)


def _id_in(text: str) -> UUID | None:
    try:
        return ids.parse(STREAM_PREFIX, text)
    except ValueError:
        return None


def _secret_of(path: Path | None) -> dict[str, str]:
    """The secret in a file. Raises Invalid."""
    lines = _text_of(path).splitlines() if path else []
    return dict(line.partition("=")[::2] for line in lines if line.strip())


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise Invalid(f"The file {path} cannot be read. Check its name and who may read it.") from fault


def _shown(stream: Stream, *, options: Options) -> Outcome:
    shown = queries.stream_document(stream)
    table = Table(show_header=False)
    for name, value in shown.items():
        table.add_row(name, escape(str(value)))
    return Outcome({"stream": shown, **dry_mark(options)}, table)


def _table(shown: list[dict[str, Any]]) -> Table:
    table = Table("Name", "Kind", "Target", "Format", "State", "Waiting", "For", "Fault")
    for row in shown:
        table.add_row(
            escape(row["name"]), row["kind"], escape(row["target"]), row["format"], row["state"], str(row["lag_entries"]), f"{row['lag_s']} s",
            escape(row["fault"]),
        )  # fmt: skip
    return table
