"""`manage.py alert …`: what the rules found, which rules watch, who is told."""

import argparse
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from audit import actions, queries
from audit.alerts.telling import SEVERITY_WORDS
from audit.models import ALERT_PREFIX, CHANNEL_PREFIX, ChannelKind
from kernel import clock, ids
from kernel.commands import CHECK_FAILED, DONE, OperatorCommand, Options, Outcome, dry_mark
from kernel.problems import Invalid
from kernel.tenancy import PLATFORM_SLUG

Parsers = tuple[argparse.ArgumentParser, ...]


class Command(OperatorCommand):
    """Look at alerts and answer them; list, make, try, disable and mute rules; list, make, test and remove channels.

    Exit codes: 0 done, 2 wrong usage, 3 not found, 4 not allowed, 5 conflict, 6 `rule-test` found something.
    """

    help = "List and answer alerts, and look after the rules and channels behind them."

    def declare(self) -> None:
        """The verbs and their arguments."""
        parsers = [*self._declare_alerts(), *self._declare_rules(), *self._declare_channels()]
        for parser in parsers:
            parser.add_argument("--tenant", default=PLATFORM_SLUG, help="slug of the tenant that is meant")

    def list(self, options: Options) -> Outcome:
        """The newest alerts."""
        filters = {name: options[name] for name in ("q", "state", "rule", "severity")}
        with self.enter(options["tenant"]):
            rows = [*queries.alerts(**filters).order_by("-id")[: max(1, options["limit"])]]
        table = _table("Id", "Severity", "Alert", "Concerns", "Times", "State")
        for row in rows:
            table.add_row(
                row.public_id, SEVERITY_WORDS[row.severity], escape(row.title), escape(row.group), str(row.number), row.state
            )
        return Outcome({"alerts": [queries.alert_document(row) for row in rows]}, table)

    def show(self, options: Options) -> Outcome:
        """One alert."""
        with self.enter(options["tenant"]):
            return _facts(queries.one_alert_document(queries.alert(ids.wanted(ALERT_PREFIX, options["alert"]))))

    def acknowledge(self, options: Options) -> Outcome:
        """Say that somebody looks after it."""
        with self.enter(options["tenant"]), self.changing(options):
            identifier = ids.wanted(ALERT_PREFIX, options["alert"])
            row = actions.acknowledge_alert(identifier, note=options["note"], actor=self.actor)
            return _facts(queries.alert_document(row) | dry_mark(options))

    def close(self, options: Options) -> Outcome:
        """Close it."""
        with self.enter(options["tenant"]), self.changing(options):
            row = actions.close_alert(ids.wanted(ALERT_PREFIX, options["alert"]), note=options["note"], actor=self.actor)
            return _facts(queries.alert_document(row) | dry_mark(options))

    def rules(self, options: Options) -> Outcome:
        """All rules."""
        with self.enter(options["tenant"]):
            rows = queries.alert_rules(q=options["q"])
        table = _table("Key", "Severity", "Rule", "From", "State")
        for row in rows:
            state = "enabled" if row.is_enabled else "disabled"
            table.add_row(row.key, SEVERITY_WORDS[row.severity], escape(row.title), "built in" if row.is_builtin else "own", state)
        return Outcome({"rules": [queries.rule_document(row) for row in rows]}, table)

    def rule_create(self, options: Options) -> Outcome:
        """Make one from a file."""
        text = _text_of(options["file"])
        with self.enter(options["tenant"]), self.changing(options):
            return _facts(
                queries.rule_document(actions.create_rule(options["key"], text=text, actor=self.actor)) | dry_mark(options)
            )

    def rule_change(self, options: Options) -> Outcome:
        """Give one another text."""
        text = _text_of(options["file"])
        with self.enter(options["tenant"]), self.changing(options):
            return _facts(
                queries.rule_document(actions.change_rule(options["key"], text=text, actor=self.actor)) | dry_mark(options)
            )

    def rule_delete(self, options: Options) -> Outcome:
        """Remove one."""
        with self.enter(options["tenant"]), self.changing(options):
            actions.delete_rule(options["key"], actor=self.actor)
            return _facts({"key": options["key"], "deleted": True} | dry_mark(options))

    def rule_disable(self, options: Options) -> Outcome:
        """Have one watch no more."""
        with self.enter(options["tenant"]), self.changing(options):
            listed = actions.disable_rule(options["key"], reason=options["reason"], actor=self.actor)
            return _facts(queries.rule_document(listed) | dry_mark(options))

    def rule_enable(self, options: Options) -> Outcome:
        """Have one watch again."""
        with self.enter(options["tenant"]), self.changing(options):
            return _facts(queries.rule_document(actions.enable_rule(options["key"], actor=self.actor)) | dry_mark(options))

    def rule_mute(self, options: Options) -> Outcome:
        """Tell nobody of one's alerts for some hours; 0 ends that."""
        with self.enter(options["tenant"]), self.changing(options):
            if options["hours"] <= 0:
                return _facts(queries.rule_document(actions.unmute_rule(options["key"], actor=self.actor)) | dry_mark(options))
            until = clock.now() + timedelta(hours=options["hours"])
            return _facts(
                queries.rule_document(actions.mute_rule(options["key"], until=until, actor=self.actor)) | dry_mark(options)
            )

    def rule_unmute(self, options: Options) -> Outcome:
        """Tell people of one's alerts again."""
        with self.enter(options["tenant"]), self.changing(options):
            return _facts(queries.rule_document(actions.unmute_rule(options["key"], actor=self.actor)) | dry_mark(options))

    def rule_test(self, options: Options) -> Outcome:
        """Try a text over the last entries."""
        text = _text_of(options["file"])
        with self.enter(options["tenant"]):
            trial = actions.try_rule(text, last=options["last"], actor=self.actor)
        table = _table("Seq", "Concerns", "Happened", "Entries")
        for each in trial.findings[-50:]:
            table.add_row(str(each.seq), escape(each.group), clock.rfc3339(each.happened_at), str(len(each.seqs)))
        return Outcome(queries.rule_trial_document(trial), table, CHECK_FAILED if trial.findings else DONE)

    def channels(self, options: Options) -> Outcome:
        """All channels."""
        with self.enter(options["tenant"]):
            rows = [*queries.channels().order_by("name")]
        table = _table("Id", "Name", "Kind", "Target", "From", "Last fault")
        for row in rows:
            words = SEVERITY_WORDS[row.from_severity]
            table.add_row(row.public_id, escape(row.name), row.kind, escape(row.shown_target), words, escape(row.fault))
        return Outcome({"channels": [queries.channel_document(row) for row in rows]}, table)

    def channel_create(self, options: Options) -> Outcome:
        """Make one."""
        with self.enter(options["tenant"]), self.changing(options):
            row = actions.create_channel(
                options["name"], kind=ChannelKind(options["kind"]), target=options["target"], from_severity=options["from_severity"],
                most_per_hour=options["most_per_hour"], actor=self.actor,
            )  # fmt: skip
            return _facts(queries.channel_document(row) | dry_mark(options))

    def channel_change(self, options: Options) -> Outcome:
        """Change one; what is left out stays."""
        identifier = ids.wanted(CHANNEL_PREFIX, options["channel"])
        given = {name: options[name] for name in ("name", "from_severity", "most_per_hour") if options[name] is not None}
        with self.enter(options["tenant"]), self.changing(options):
            row = queries.channel(identifier)
            kept = {"name": row.name, "from_severity": row.from_severity, "most_per_hour": row.most_per_hour}
            row = actions.change_channel(identifier, **{**kept, **given}, target=options["target"], actor=self.actor)
            return _facts(queries.channel_document(row) | dry_mark(options))

    def channel_pause(self, options: Options) -> Outcome:
        """Have one tell nobody."""
        with self.enter(options["tenant"]), self.changing(options):
            row = actions.pause_channel(ids.wanted(CHANNEL_PREFIX, options["channel"]), actor=self.actor)
            return _facts(queries.channel_document(row) | dry_mark(options))

    def channel_resume(self, options: Options) -> Outcome:
        """Have one tell people again."""
        with self.enter(options["tenant"]), self.changing(options):
            row = actions.resume_channel(ids.wanted(CHANNEL_PREFIX, options["channel"]), actor=self.actor)
            return _facts(queries.channel_document(row) | dry_mark(options))

    def channel_test(self, options: Options) -> Outcome:
        """Have a message for trial sent."""
        with self.enter(options["tenant"]), self.changing(options):
            sent = actions.test_channel(ids.wanted(CHANNEL_PREFIX, options["channel"]), actor=self.actor)
            return _facts({"channel": options["channel"], "sent": sent} | dry_mark(options))

    def channel_delete(self, options: Options) -> Outcome:
        """Remove one."""
        with self.enter(options["tenant"]), self.changing(options):
            actions.delete_channel(ids.wanted(CHANNEL_PREFIX, options["channel"]), actor=self.actor)
            return _facts({"channel": options["channel"], "deleted": True} | dry_mark(options))

    def _declare_alerts(self) -> Parsers:
        listing = self.verb("list", self.list, help_text="List alerts, newest first.")
        listing.add_argument("--q", default="", help="words in title, rule or group")
        listing.add_argument("--state", default="", choices=["open", "acknowledged", "closed", "unanswered"])
        listing.add_argument("--rule", default="", help="key of one rule")
        listing.add_argument("--severity", type=int, default=0, choices=range(6), help="at least this one, 1 to 5")
        listing.add_argument("--limit", type=int, default=50, help="how many at most")
        show = self.verb("show", self.show, help_text="Show one alert, its entries, and who was told.")
        acknowledge = self.changing_verb("acknowledge", self.acknowledge, help_text="Say that somebody looks after an alert.")
        close = self.changing_verb("close", self.close, help_text="Close an alert; what happens again opens a new one.")
        for parser in (show, acknowledge, close):
            parser.add_argument("alert", help="the alert's id, alt_…")
        for parser in (acknowledge, close):
            parser.add_argument("--note", default="", help="what there is to say about it")
        return listing, show, acknowledge, close

    def _declare_rules(self) -> Parsers:
        listing = self.verb("rules", self.rules, help_text="List the rules, built-in ones included.")
        listing.add_argument("--q", default="", help="words in key or title")
        create = self.changing_verb("rule-create", self.rule_create, help_text="Make a rule of the tenant's own from a Sigma file.")
        change = self.changing_verb("rule-change", self.rule_change, help_text="Give a rule of the tenant's own another text.")
        delete = self.changing_verb(
            "rule-delete", self.rule_delete, help_text="Delete a rule of the tenant's own; its alerts stay."
        )
        disable = self.changing_verb("rule-disable", self.rule_disable, help_text="Have a rule watch no more.")
        enable = self.changing_verb("rule-enable", self.rule_enable, help_text="Have a disabled rule watch again, from now on.")
        mute = self.changing_verb("rule-mute", self.rule_mute, help_text="Tell nobody of a rule's alerts for some hours.")
        unmute = self.changing_verb("rule-unmute", self.rule_unmute, help_text="Tell people of a muted rule's alerts again.")
        test = self.verb("rule-test", self.rule_test, help_text="Show what a Sigma file would have found among the last entries.")
        for parser in (create, change, delete, disable, enable, mute, unmute):
            parser.add_argument("key", help="the rule's key")
        for parser in (create, change, test):
            parser.add_argument("file", help="path of the Sigma file")
        disable.add_argument("--reason", default="", help="why; stands in the trail")
        mute.add_argument("--hours", type=float, default=8, help="for how long; 0 ends the muting")
        test.add_argument("--last", type=int, default=1000, help="over so many entries, at most 10,000")
        return listing, create, change, delete, disable, enable, mute, unmute, test

    def _declare_channels(self) -> Parsers:
        listing = self.verb("channels", self.channels, help_text="List the ways by which people are told.")
        create = self.changing_verb("channel-create", self.channel_create, help_text="Tell people of alerts by one more way.")
        create.add_argument("name", help="what people call it")
        create.add_argument("--kind", required=True, choices=ChannelKind.values)
        create.add_argument("--target", required=True, help="mail address, https address, or PagerDuty routing key")
        create.add_argument("--from-severity", type=int, default=3, choices=range(1, 6), help="alerts of this severity and above")
        create.add_argument("--most-per-hour", type=int, default=30, help="above it alerts are told together")
        change = self.changing_verb("channel-change", self.channel_change, help_text="Change a channel; what is left out stays.")
        change.add_argument("--name", default=None, help="what people call it from now on")
        change.add_argument("--target", default="", help="another address; left out, it keeps the one that it has")
        change.add_argument(
            "--from-severity", type=int, default=None, choices=range(1, 6), help="alerts of this severity and above"
        )
        change.add_argument("--most-per-hour", type=int, default=None, help="above it alerts are told together")
        pause = self.changing_verb("channel-pause", self.channel_pause, help_text="Tell nobody by a channel until it is resumed.")
        resume = self.changing_verb("channel-resume", self.channel_resume, help_text="Tell people by a paused channel again.")
        test = self.changing_verb("channel-test", self.channel_test, help_text="Have a message for trial sent on a channel.")
        delete = self.changing_verb("channel-delete", self.channel_delete, help_text="Remove a channel.")
        for parser in (change, pause, resume, test, delete):
            parser.add_argument("channel", help="the channel's id, chn_…")
        return listing, create, change, pause, resume, test, delete


def _text_of(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise Invalid(f"{path} cannot be read: {fault}.") from fault


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _facts(document: dict[str, Any]) -> Outcome:
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in document.items():
        table.add_row(name.replace("_", " ").capitalize(), escape(str(value)))
    return Outcome(document, table)
