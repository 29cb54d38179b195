"""Every pair of colours that meets on screen has its contrast, in both modes (WCAG 2.2: 1.4.3 text 4.5, 1.4.11 graphics 3.0)."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[2] / "frontend" / "tokens.css"
MODES = {"light": 0, "dark": 1}
SURFACES = ("bg", "surface", "surface-2")
TEXT = [
    *((ink, surface) for ink in ("text", "muted", "accent-text") for surface in SURFACES),
    *((ink, surface) for ink in ("ok", "warn", "bad") for surface in ("bg", "surface")),
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
    ("on-danger", "danger"),
    ("on-danger", "danger-hover"),
    ("accent-soft-text", "accent-soft"),
    ("accent-soft-text", "surface-2"),
    ("text", "accent-soft"),
    ("ok", "ok-soft"),
    ("ok", "surface-2"),
    ("warn", "warn-soft"),
    ("warn", "surface-2"),
    ("bad", "bad-soft"),
    ("text", "ok-soft"),
    ("text", "warn-soft"),
    ("text", "bad-soft"),
]
GRAPHICS = [
    *(("ring", surface) for surface in SURFACES),
    *(("control-border", surface) for surface in ("bg", "surface")),
    ("accent-graphic", "surface"),
    ("accent-graphic", "surface-2"),
    ("accent", "bg"),
    ("accent", "surface"),
    ("danger", "surface"),
]


def _tokens() -> dict[str, tuple[str, str]]:
    found = re.findall(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", TOKENS.read_text())
    return {name: (light, dark) for name, light, dark in found}


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_the_measure_is_the_one_of_wcag() -> None:
    assert round(_contrast("#000000", "#ffffff"), 2) == 21
    assert round(_contrast("#767676", "#ffffff"), 2) == 4.54


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(ink: str, ground: str, mode: str) -> None:
    tokens = _tokens()

    assert _contrast(tokens[ink][MODES[mode]], tokens[ground][MODES[mode]]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("shape", "ground"), GRAPHICS)
def test_controls_and_graphics_can_be_seen(shape: str, ground: str, mode: str) -> None:
    tokens = _tokens()

    assert _contrast(tokens[shape][MODES[mode]], tokens[ground][MODES[mode]]) >= 3.0


def test_both_modes_say_every_colour() -> None:
    names = set(re.findall(r"--([a-z0-9-]+): ", TOKENS.read_text())) - {"radius", "shadow"}

    assert names == set(_tokens())
