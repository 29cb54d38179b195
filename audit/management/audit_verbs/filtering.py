"""The filters of the trail as arguments of a command."""

import argparse

from audit.filters import OUTCOMES, SOURCES, Filters
from kernel.commands import Options
from kernel.events import CATEGORIES

NAMES = ("q", "action", "category", "outcome", "severity", "actor", "subject", "address", "source", "since", "until")


def declare_filters(parser: argparse.ArgumentParser) -> None:
    """Add one argument for each filter."""
    parser.add_argument("--q", default="", help="words, beginnings of words, e-mail addresses, ids, IP addresses; all must occur")
    parser.add_argument("--action", default="", help="one action, or a beginning with *")
    parser.add_argument("--category", default="", choices=["", *CATEGORIES])
    parser.add_argument("--outcome", default="", choices=["", *OUTCOMES])
    parser.add_argument("--severity", default="", help="at least this: 1 informational to 5 critical")
    parser.add_argument("--actor", default="", help="id of who acted")
    parser.add_argument("--subject", default="", help="id of what it happened to")
    parser.add_argument("--address", default="", help="the caller's IP address")
    parser.add_argument("--source", default="", choices=["", *SOURCES], help="who told of it")
    parser.add_argument("--since", default="", help="received at this moment or later, e.g. 2027-03-01T00:00:00Z")
    parser.add_argument("--until", default="", help="received before this moment")


def chosen(options: Options) -> Filters:
    """The filters that were given. Raises Invalid."""
    return Filters.parse({name: options[name] for name in NAMES})
