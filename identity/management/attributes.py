"""Attributes as they are written at a terminal: `--attribute NAME=TEXT`, once for each."""

import argparse

from kernel.commands import Options
from kernel.problems import Invalid


def declare(parser: argparse.ArgumentParser) -> None:
    """Let a verb take attributes."""
    parser.add_argument(
        "--attribute",
        action="append",
        dest="attributes",
        metavar="NAME=TEXT",
        help="what policies may ask for; all of them, repeated",
    )


def read(options: Options) -> dict[str, str] | None:
    """The given attributes by name, or None when none is given. Raises Invalid for a text without `=` and for a name that comes twice."""
    if options["attributes"] is None:
        return None
    found: dict[str, str] = {}
    for given in options["attributes"]:
        name, separator, text = given.partition("=")
        if not separator:
            raise Invalid(f"Write an attribute as name=text; {given[:60]!r} has no =.")
        if name in found:
            raise Invalid(f"Give each attribute once; {name[:60]!r} comes twice.")
        found[name] = text
    return found
