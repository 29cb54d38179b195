"""What all tables share: headings, colours, text as it is."""

from rich.table import Table
from rich.text import Text

COLOURS = {"active": "green", "suspended": "yellow", "failed": "red"}


def coloured(state: str) -> str:
    """A state in its colour; the word itself carries the meaning."""
    return f"[{COLOURS[state]}]{state}[/]" if state in COLOURS else state


def headed(*headings: str) -> Table:
    """An empty table with these headings."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def line(text: str) -> Text:
    """Text as it is: no markup, and never broken, so that an address can be copied."""
    return Text(text, no_wrap=True, overflow="ignore")
