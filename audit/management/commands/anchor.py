"""`manage.py anchor list|add|change|pause|resume|test|receipts|remove`: who is given checkpoints of a tenant's log."""

import argparse
from pathlib import Path
from uuid import UUID

from rich.markup import escape
from rich.table import Table

from audit import actions, queries
from audit.actions import WantedAnchor
from audit.models import ANCHOR_PREFIX, Anchor, AnchorKind
from kernel import ids, tenancy
from kernel.commands import CHECK_FAILED, DONE, OperatorCommand, Options, Outcome, dry_mark
from kernel.problems import Invalid

SETTINGS = ("to", "url", "verifier", "endpoint", "bucket", "prefix", "region", "days")
LIMIT = 20


class Command(OperatorCommand):
    """Give checkpoints to mail addresses, witnesses, time stamp authorities and locked buckets, so that nobody here can rewrite what was."""

    help = "Say who is given checkpoints of a tenant's log, and see what they answered."

    def declare(self) -> None:
        """The verbs."""
        listing = self.verb("list", self.list_anchors, help_text="The anchors of a tenant and how they do.")
        adding = self.changing_verb("add", self.add, help_text="Give checkpoints to somebody from now on.")
        self._of_new(adding)
        changing = self.changing_verb("change", self.change, help_text="Change an anchor; what is left out stays.")
        changing.add_argument("--name", default=None, help="what people call it from now on")
        self._of_both(changing)
        pausing = self.changing_verb("pause", self.pause, help_text="Give nothing until it is resumed.")
        pausing.add_argument("--reason", required=True, help="stands in the trail")
        resuming = self.changing_verb("resume", self.resume, help_text="Give checkpoints again.")
        testing = self.verb("test", self.test, help_text="Give the newest checkpoint now; exit code 6 when it is not taken.")
        receipts = self.verb("receipts", self.receipts, help_text="What an anchor answered, newest first.")
        receipts.add_argument("--out", type=Path, metavar="FOLDER", help="write each receipt and its note to files")
        removing = self.changing_verb("remove", self.remove, help_text="Give nothing more, and forget the secret.")
        for parser in (changing, pausing, resuming, testing, receipts, removing):
            parser.add_argument("anchor", help="anc_… or its name")
        for parser in (listing, adding, changing, pausing, resuming, testing, receipts, removing):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def list_anchors(self, options: Options) -> Outcome:
        """All anchors."""
        with self.enter(options["tenant"]):
            shown = [queries.anchor_document(anchor) for anchor in queries.anchors().order_by("name")]
        table = Table("Name", "Kind", "Target", "State", "Entries", "Last", "Fault")
        for row in shown:
            last = row["last_at"] or "never"
            table.add_row(
                escape(row["name"]),
                row["kind"],
                escape(row["target"]),
                row["state"],
                f"{row['last_size']:,}",
                last,
                escape(row["fault"]),
            )
        return Outcome({"anchors": shown}, table)

    def add(self, options: Options) -> Outcome:
        """Add one; its secret comes from a file, so that it stands in no list of processes."""
        wanted = _wanted(options, settings=_settings_of(options))
        with self.enter(options["tenant"]), self.changing(options):
            return _shown(actions.add_anchor(options["kind"], wanted=wanted, actor=self.actor), options=options)

    def change(self, options: Options) -> Outcome:
        """Change it; settings that are given replace those of the same name."""
        settings = _settings_of(options)
        with self.enter(options["tenant"]), self.changing(options):
            anchor = _named(options)
            wanted = _wanted(options, settings={**anchor.settings, **settings} if settings else None)
            return _shown(actions.change_anchor(anchor.pk, wanted=wanted, actor=self.actor), options=options)

    def pause(self, options: Options) -> Outcome:
        """Pause it."""
        with self.enter(options["tenant"]), self.changing(options):
            return _shown(actions.pause_anchor(_named(options).pk, reason=options["reason"], actor=self.actor), options=options)

    def resume(self, options: Options) -> Outcome:
        """Resume it."""
        with self.enter(options["tenant"]), self.changing(options):
            return _shown(actions.resume_anchor(_named(options).pk, actor=self.actor), options=options)

    def test(self, options: Options) -> Outcome:
        """Give the newest checkpoint."""
        with self.enter(options["tenant"]):
            given = actions.try_anchor(_named(options).pk, actor=self.actor)
            receipt = None if given.receipt is None else queries.receipt_document(given.receipt)
        text = (
            f"[bold red]Not taken[/]: {escape(given.fault)}" if receipt is None else f"[green]Taken[/]: {receipt['size']:,} entries"
        )
        return Outcome(
            {"is_taken": receipt is not None, "fault": given.fault, "receipt": receipt}, text, DONE if receipt else CHECK_FAILED
        )

    def receipts(self, options: Options) -> Outcome:
        """The newest receipts."""
        with self.enter(options["tenant"]):
            found = list(queries.receipts(anchor_id=_named(options).pk).order_by("-id")[:LIMIT])
        for row in found if options["out"] else []:
            options["out"].mkdir(parents=True, exist_ok=True)
            (options["out"] / queries.receipt_file(row)).write_bytes(bytes(row.receipt))
            (options["out"] / f"{row.checkpoint.public_id}.note").write_text(row.checkpoint.note)
        table = Table("Given", "Checkpoint", "Entries", "File")
        for row in found:
            table.add_row(
                f"{row.given_at:%Y-%m-%d %H:%M:%S}", row.checkpoint.public_id, f"{row.checkpoint.size:,}", queries.receipt_file(row)
            )
        return Outcome({"receipts": [queries.receipt_document(row) for row in found]}, table)

    def remove(self, options: Options) -> Outcome:
        """Remove it."""
        with self.enter(options["tenant"]), self.changing(options):
            anchor = _named(options)
            shown = queries.anchor_document(anchor)
            actions.remove_anchor(anchor.pk, actor=self.actor)
        ending = "would be removed. Nothing was changed." if options["dry_run"] else "is removed."
        return Outcome({"removed": shown, **dry_mark(options)}, f"{escape(shown['name'])} {ending}")

    def _of_new(self, parser: argparse.ArgumentParser) -> None:
        """What a new anchor is told."""
        parser.add_argument("name", help="what people call it")
        parser.add_argument("kind", choices=AnchorKind.values)
        self._of_both(parser)

    def _of_both(self, parser: argparse.ArgumentParser) -> None:
        for setting in SETTINGS:
            parser.add_argument(f"--{setting}", default="", help="where the kind needs it")
        parser.add_argument("--roots-file", type=Path, help="root certificates of a time stamp authority, in PEM form")
        parser.add_argument("--ca-file", type=Path, help="certificates in PEM form that are believed instead of the system's")
        parser.add_argument("--secret-file", type=Path, help="lines of name=value: access_key_id and secret_access_key of a bucket")
        parser.add_argument("--every", type=int, metavar="SECONDS", help="seconds between two checkpoints (of a new one: a day)")


def _settings_of(options: Options) -> dict[str, str]:
    """The settings that were given. Raises Invalid for a file that cannot be read."""
    settings = {name: options[name] for name in SETTINGS if options[name]}
    return settings | {name: _text_of(options[f"{name}_file"]) for name in ("roots", "ca") if options[f"{name}_file"]}


def _wanted(options: Options, *, settings: dict[str, str] | None) -> WantedAnchor:
    """What an anchor shall be. Raises Invalid."""
    lines = _text_of(options["secret_file"]).splitlines() if options["secret_file"] else []
    secret = dict(line.partition("=")[::2] for line in lines if line.strip())
    return WantedAnchor(name=options["name"], settings=settings, secret=secret, every_s=options["every"])


def _named(options: Options) -> Anchor:
    """The anchor of an id or a name. Raises AnchorNotFound."""
    identifier = _id_in(options["anchor"])
    return queries.anchor_named(options["anchor"]) if identifier is None else queries.anchor(identifier)


def _id_in(text: str) -> UUID | None:
    try:
        return ids.parse(ANCHOR_PREFIX, text)
    except ValueError:
        return None


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise Invalid(f"The file {path} cannot be read. Check its name and who may read it.") from fault


def _shown(anchor: Anchor, *, options: Options) -> Outcome:
    shown = queries.anchor_document(anchor)
    table = Table(show_header=False)
    for name, value in shown.items():
        table.add_row(name, escape(str(value)))
    return Outcome({"anchor": shown, **dry_mark(options)}, table)
