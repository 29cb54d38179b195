"""`manage.py catalogue --write|--check`: the papers that the code writes."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandParser

from config import catalogues
from kernel.commands import CHECK_FAILED, DONE, OperatorCommand, Options, Outcome
from kernel.problems import Invalid


class Command(OperatorCommand):
    """Write the catalogues in `docs/` and `.env.example` from the code, or say which of them are old. Needs no database.

    Exit codes: 0 done, 2 wrong usage or a page that cannot be filled, 6 a page is not what the code gives.
    """

    help = "Write or check the catalogues of settings, events, problems, permissions and commands."

    def add_arguments(self, parser: CommandParser) -> None:
        """The command has no verbs."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--write", action="store_const", const=self.renew, dest="handler", help="write what differs")
        what.add_argument(
            "--check", action="store_const", const=self.compare, dest="handler", help="change nothing; exit 6 when a page differs"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON document")
        parser.set_defaults(verb="", dry_run=False)

    def renew(self, options: Options) -> Outcome:
        """Write the pages that differ."""
        del options
        changed = _differing()
        for path, text in changed.items():
            (_root() / path).write_text(text, encoding="utf-8")
        return _told(
            changed, words="Written" if changed else "Nothing to write: every page is what the code gives.", exit_code=DONE
        )

    def compare(self, options: Options) -> Outcome:
        """Compare the pages with the code."""
        del options
        old = _differing()
        words = "Old, write anew with `manage.py catalogue --write`" if old else "Every page is what the code gives."
        return _told(old, words=words, exit_code=CHECK_FAILED if old else DONE)


def _differing() -> dict[Path, str]:
    """The pages that are not what the code gives, with the text that they should have. Raises Invalid."""
    try:
        wanted = catalogues.pages(_root())
    except catalogues.PageFault as fault:
        raise Invalid(str(fault)) from fault
    return {path: text for path, text in wanted.items() if not _is(_root() / path, text)}


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _told(pages: dict[Path, str], *, words: str, exit_code: int) -> Outcome:
    names = [str(path) for path in sorted(pages)]
    return Outcome({"pages": names}, f"{words}: {', '.join(names)}" if names else words, exit_code=exit_code)


def _root() -> Path:
    root: Path = settings.ROOT
    return root
