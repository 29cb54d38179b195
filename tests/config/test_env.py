"""Settings are read from the environment, every fault is told at once, and secrets stay secret."""

from pathlib import Path

import pytest

from config import papers
from config.env import Env, Kind, SettingsFault, parse


def test_all_faults_are_told_at_once() -> None:
    env = Env({"PORT": "many", "WORKERS": "900", "HTTPS": "perhaps", "FORMAT": "yaml", "KEY_FILE": "/nowhere/key"})
    env.number("PORT", default=8000, help="Port.")
    env.number("WORKERS", default=2, maximum=256, help="Workers.")
    env.flag("HTTPS", default=False, help="Https.")
    env.text("FORMAT", default="text", choices=("text", "json"), help="Format.")
    env.secret("KEY", help="Key.")
    env.text("OWNER", help="Who owns this.")

    with pytest.raises(SettingsFault) as caught:
        env.finish()

    assert caught.value.faults == (
        "PORT is 'many'; it must be a whole number.",
        "WORKERS is 900; it must be at least 0 and at most 256.",
        "HTTPS is 'perhaps'; it must be true or false.",
        "FORMAT is 'yaml'; it must be one of: text, json.",
        "KEY_FILE names '/nowhere/key', which cannot be read (FileNotFoundError).",
        "OWNER is required: Who owns this.",
    )
    assert all(fault in str(caught.value) for fault in caught.value.faults)


def test_an_environment_without_faults_passes() -> None:
    env = Env({"PORT": "81", "HTTPS": "Yes", "HOSTS": " a.example, ,b.example"})

    assert env.number("PORT", default=8000, help="Port.") == 81
    assert env.flag("HTTPS", default=False, help="Https.") is True
    assert env.flag("DEBUG", default=False, help="Debug.") is False
    assert env.listing("HOSTS", help="Hosts.") == ("a.example", "b.example")
    assert env.text("NAME", default="freehold", help="Name.") == "freehold"
    env.finish()


def test_an_empty_value_counts_as_not_set() -> None:
    env = Env({"NAME": ""})

    assert env.text("NAME", default="freehold", help="Name.") == "freehold"


def test_a_secret_comes_from_the_file_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n", encoding="utf-8")
    env = Env({"KEY_FILE": str(tmp_path / "key")})

    assert env.secret("KEY", help="Key.") == "s3cret"
    env.finish()


def test_a_secret_given_twice_is_a_fault(tmp_path: Path) -> None:
    env = Env({"KEY": "one", "KEY_FILE": str(tmp_path / "key")})

    env.secret("KEY", help="Key.")

    assert env.faults == ["KEY and KEY_FILE are both set; keep one of them."]


def test_an_empty_secret_file_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n", encoding="utf-8")
    env = Env({"KEY_FILE": str(tmp_path / "key")})

    env.secret("KEY", default="generated", help="Key.")

    assert env.faults == [f"KEY_FILE names '{tmp_path / 'key'}', which is empty."]


def test_secrets_show_up_neither_in_faults_nor_in_the_list() -> None:
    env = Env({"KEY": "hunter2", "KEY_FILE": "/nowhere"})
    env.secret("KEY", default="made-on-this-machine", help="Key.")

    shown = repr(env.variables) + "".join(papers.about(env.variables, root=Path("/srv")).values()) + "".join(env.faults)

    assert "hunter2" not in shown
    assert "made-on-this-machine" not in shown
    assert env.variables["KEY"].default == "generated"


def test_every_reader_declares_its_variable() -> None:
    env = Env({})
    env.text("A", help="Needed.")
    env.number("B", default=3, help="Number.")
    env.listing("C", default=("x", "y"), help="Listing.")

    listed = {(v.name, v.kind, v.default, v.help, v.is_required) for v in env.variables.values()}

    assert listed == {
        ("A", Kind.TEXT, "", "Needed.", True),
        ("B", Kind.NUMBER, "3", "Number.", False),
        ("C", Kind.LISTING, "x,y", "Listing.", False),
    }


def test_declaring_a_name_twice_is_a_bug() -> None:
    env = Env({})
    env.text("A", default="", help="First.")

    with pytest.raises(ValueError, match="A is declared twice"):
        env.text("A", default="", help="Second.")


def test_the_file_stands_behind_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NAME=file\nPORT=1\nMISPELT=1\nKEY_FILE=/k\n", encoding="utf-8")
    env = Env({"NAME": "real"}, file=tmp_path / ".env")

    assert env.text("NAME", default="", help="Name.") == "real"
    assert env.number("PORT", default=8000, help="Port.") == 1
    assert env.value("PORT") == "1"
    env.secret("KEY", help="Key.")
    assert env.unknown_names() == ("MISPELT",)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=plain", "plain"),
        ("export NAME=plain", "plain"),
        ("  NAME = plain  # remark", "plain"),
        ("NAME=a#b", "a#b"),
        ("NAME='it # stays $HOME \\n'", "it # stays $HOME \\n"),
        ('NAME="two\\nlines \\"quoted\\" \\\\ \\$"  # remark', 'two\nlines "quoted" \\ $'),
        ("NAME=postgres://u:p@h:5432/d?sslmode=require", "postgres://u:p@h:5432/d?sslmode=require"),
    ],
)
def test_lines_of_the_file_are_read(line: str, value: str) -> None:
    assert parse(line, source=".env") == ({"NAME": value}, [])


@pytest.mark.parametrize("line", ["", "   ", "# NAME=value", "NAME=", "NAME=''", "NAME=# remark"])
def test_lines_that_set_nothing_are_passed_over(line: str) -> None:
    assert parse(line, source=".env") == ({}, [])


@pytest.mark.parametrize("line", ["just words", "1NAME=x", 'NAME="open', "NAME='open", "=x"])
def test_a_line_that_cannot_be_read_is_a_fault_with_its_number(line: str) -> None:
    values, faults = parse(f"FIRST=1\n{line}\nLAST=3", source=".env")

    assert values == {"FIRST": "1", "LAST": "3"}
    assert faults == [".env, line 2: not of the form NAME=value, or a quote is not closed."]
