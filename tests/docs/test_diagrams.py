"""Mermaid drawings that a renderer can read: known kinds, closed blocks, no arrow to somebody who was not introduced."""

import re

import pytest

from tests.docs.papers import all_papers, name_of

BLOCK = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DRAWINGS = [
    pytest.param(block, id=f"{name_of(path)}-{number}")
    for path in all_papers()
    for number, block in enumerate(BLOCK.findall(path.read_text(encoding="utf-8")), start=1)
]
SEQUENCES = [drawing for drawing in DRAWINGS if str(drawing.values[0]).startswith("sequenceDiagram")]
OPENING = re.compile(r"^\s*(?:alt|opt|loop|par|critical|break|rect|box|subgraph)\b", re.MULTILINE)
CLOSING = re.compile(r"^\s*end\s*$", re.MULTILINE)
PARTICIPANT = re.compile(r"^\s*(?:participant|actor) (\w+)", re.MULTILINE)
ARROW = re.compile(r"^\s*(\w+)\s*(?:-->>|->>|-->|->|--x|-x|--\)|-\))[+-]?\s*(\w+)\s*:", re.MULTILINE)
NOTE = re.compile(r"^\s*Note (?:over|left of|right of) ([\w, ]+):", re.MULTILINE)


def test_the_life_of_a_request_and_of_an_event_are_drawn() -> None:
    assert len([drawing for drawing in SEQUENCES if str(drawing.id).startswith("docs/architecture.md")]) >= 2


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_a_drawing_has_a_known_kind_and_closed_blocks(drawing: str) -> None:
    assert re.match(r"(?:sequenceDiagram|flowchart (?:TD|LR|TB)|stateDiagram-v2)\n", drawing)
    assert len(OPENING.findall(drawing)) == len(CLOSING.findall(drawing))
    assert [drawing.count(sign) for sign in "[({"] == [drawing.count(sign) for sign in "])}"]


@pytest.mark.parametrize("drawing", SEQUENCES)
def test_whoever_sends_or_receives_was_introduced(drawing: str) -> None:
    introduced = set(PARTICIPANT.findall(drawing))
    acting = {name for arrow in ARROW.findall(drawing) for name in arrow}
    noted = {name.strip() for names in NOTE.findall(drawing) for name in names.split(",")}

    assert acting
    assert acting | noted == introduced
