"""How long a key that is replaced works on, as it is told at a terminal: `--overlap HOURS`."""

import argparse

from identity.key_inputs import DEFAULT_OVERLAP_HOURS, OVERLAP_HOURS_MAX


def declare(parser: argparse.ArgumentParser) -> None:
    """Let a verb that replaces a key take it, as `options["overlap"]`."""
    parser.add_argument(
        "--overlap",
        type=int,
        default=DEFAULT_OVERLAP_HOURS,
        metavar="HOURS",
        help=f"how long the present key works on (default {DEFAULT_OVERLAP_HOURS}, most {OVERLAP_HOURS_MAX})",
    )
