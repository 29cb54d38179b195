"""Static files: plain names until they are collected, hashed ones afterwards."""

from pathlib import Path

import pytest

from config.assets import Storage

NAME = "console/dist/console.css"


def test_before_collecting_a_file_has_its_own_name(tmp_path: Path) -> None:
    storage = Storage(location=str(tmp_path), base_url="/static/")  # type: ignore[no-untyped-call]  # Django's storages have no types

    assert storage.url(NAME) == f"/static/{NAME}"


def test_after_collecting_it_has_a_hashed_name_and_a_stranger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "staticfiles.json").write_text(
        f'{{"paths": {{"{NAME}": "console/dist/console.0123456789ab.css"}}, "version": "1.1", "hash": ""}}', encoding="utf-8"
    )
    storage = Storage(location=str(tmp_path), base_url="/static/")  # type: ignore[no-untyped-call]  # as above

    assert storage.url(NAME) == "/static/console/dist/console.0123456789ab.css"
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        storage.url("console/dist/other.css")
