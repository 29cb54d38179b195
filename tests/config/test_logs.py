"""Log lines: one line each, whatever they hold."""

from typing import Any

import orjson
import pytest

from config import logs

LINE: dict[str, Any] = {"timestamp": "2026-11-21T10:00:00Z", "level": "info", "event": "request", "path": "/v1/me", "status": 200}


def test_plain_values_stand_as_they_are() -> None:
    assert logs._as_text(None, "info", dict(LINE)) == "2026-11-21T10:00:00Z info    request path=/v1/me status=200"


@pytest.mark.parametrize("value", ["a b", 'say "x"', "first\nsecond", "tab\there", "", "ünï", "a=b"])
def test_any_other_value_is_quoted_and_stays_on_its_line(value: str) -> None:
    line = logs._as_text(None, "info", {**LINE, "path": value})

    assert "\n" not in line
    assert orjson.loads(line.partition(" path=")[2].removesuffix(" status=200")) == value


def test_json_lines_are_json() -> None:
    assert orjson.loads(logs._as_json(dict(LINE))) == LINE
