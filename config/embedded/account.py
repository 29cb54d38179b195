"""Which system account runs PostgreSQL, and how it reaches its files.

PostgreSQL refuses to run as root. An ordinary user runs it as himself; root runs it as the account `freehold-postgres`, made on first
use, which has no shell, no password and no home.
"""

from __future__ import annotations

import os
import pwd
import stat
import struct
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.embedded.faults import EmbeddedFault

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ACCOUNT = "freehold-postgres"
# Layout of the extended attribute: Linux, include/uapi/linux/posix_acl_xattr.h.
_ACL_NAME = "system.posix_acl_access"
_ACL_VERSION = 2
_ACL_HEADER = struct.Struct("<I")
_ACL_ENTRY = struct.Struct("<HHI")
_NO_ID = 0xFFFFFFFF
_TAG_OWNER, _TAG_USER, _TAG_OWNING_GROUP, _TAG_GROUP, _TAG_MASK, _TAG_OTHER = 1, 2, 4, 8, 16, 32
_SEARCH = 1


@dataclass(frozen=True, slots=True)
class Account:
    """A system account; `is_other` when it is not the one that runs this program."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether work has to be handed to it, which only root can."""
        return self.uid != os.geteuid()

    def wrapped(self, command: list[str], *, death_signal: str = "") -> list[str]:
        """The command line that runs `command` as this account, sent `death_signal` (such as "INT") when its parent dies.

        `setpriv` becomes the command; no process stands between. The signal is set after the change of account, which clears it.
        """
        options = [f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups"] if self.is_other else []
        if death_signal:
            options.append(f"--pdeathsig={death_signal}")
        return ["setpriv", *options, "--", *command] if options else command


def for_postgres(data: Path) -> Account:
    """The account that runs PostgreSQL over the folder `data`: ourselves, or for root the owner of the data or `freehold-postgres`."""
    if os.geteuid() != 0:
        return _ourselves()
    if data.exists() and data.stat().st_uid != 0:
        owner = pwd.getpwuid(data.stat().st_uid)
        return Account(name=owner.pw_name, uid=owner.pw_uid, gid=owner.pw_gid)
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        _create()
        entry = pwd.getpwnam(ACCOUNT)
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def names_allowed(account: Account) -> tuple[str, ...]:
    """The system accounts that may enter PostgreSQL as its superuser: the one that runs it, us, and root."""
    return tuple(dict.fromkeys([account.name, _ourselves().name, "root"]))


def let_reach(account: Account, folder: Path) -> None:
    """Let another account pass through the folders above `folder` and through `folder` itself, where they are closed to it.

    Gives the right to pass, not to list or read, and to this one account only (an access control list entry). A file system that
    knows no such lists gets the same right for everybody.
    """
    if not account.is_other:
        return
    for place in [folder, *folder.resolve().parents]:
        if not _may_pass(account, place):
            _open(account, place)


def let_read(account: Account, trees: Iterable[Path]) -> None:
    """Let another account read the installed program files in `trees`: a strict umask may have closed them."""
    if not account.is_other:
        return
    for tree in trees:
        for folder, _, names in os.walk(tree):
            os.chmod(folder, stat.S_IMODE(os.stat(folder).st_mode) | 0o555)  # noqa: S103 - program files hold no secret
            for name in names:
                path = os.path.join(folder, name)
                mode = stat.S_IMODE(os.stat(path).st_mode)
                wanted = mode | 0o444 | (0o111 if mode & 0o100 else 0)
                if wanted != mode:
                    os.chmod(path, wanted)


def _ourselves() -> Account:
    try:
        entry = pwd.getpwuid(os.geteuid())
    except KeyError as error:
        message = f"User number {os.geteuid()} has no name on this system; PostgreSQL needs one. Add it to /etc/passwd."
        raise EmbeddedFault(message) from error
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=os.getegid())


def _create() -> None:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    try:
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", ACCOUNT], check=True, capture_output=True, text=True)  # noqa: S603 - fixed
    except FileNotFoundError as error:
        raise EmbeddedFault(f"`useradd` is missing, so the account {ACCOUNT} cannot be made: apt-get install passwd.") from error
    except subprocess.CalledProcessError as error:
        raise EmbeddedFault(f"The account {ACCOUNT} cannot be made: {error.stderr.strip()}") from error


def _may_pass(account: Account, place: Path) -> bool:
    status = place.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    entries = _entries(place)
    # A later chmod of the folder changes the mask, and with it every entry's effect.
    mask = next((right for tag, right, _ in entries if tag == _TAG_MASK), 0)
    if any(tag == _TAG_USER and number == account.uid and right & mask & _SEARCH for tag, right, number in entries):
        return True
    return bool(status.st_mode & stat.S_IXOTH)


def _open(account: Account, place: Path) -> None:
    entries = _entries(place) or _entries_of_mode(place.stat().st_mode)
    kept = [entry for entry in entries if entry[0] != _TAG_MASK and entry[::2] != (_TAG_USER, account.uid)]
    kept.append((_TAG_USER, _SEARCH, account.uid))
    mask = 0
    for tag, right, _ in kept:
        mask |= right if tag in {_TAG_USER, _TAG_OWNING_GROUP, _TAG_GROUP} else 0
    kept.append((_TAG_MASK, mask, _NO_ID))
    value = _ACL_HEADER.pack(_ACL_VERSION) + b"".join(
        _ACL_ENTRY.pack(*entry) for entry in sorted(kept, key=lambda entry: (entry[0], entry[2]))
    )
    try:
        os.setxattr(place, _ACL_NAME, value)
    except OSError:
        place.chmod(stat.S_IMODE(place.stat().st_mode) | stat.S_IXOTH)


def _entries(place: Path) -> list[tuple[int, int, int]]:
    """The access control list as (tag, rights, id); empty when the folder has none beyond its mode."""
    try:
        value = os.getxattr(place, _ACL_NAME)
    except OSError:
        return []
    return [entry for entry in _ACL_ENTRY.iter_unpack(value[_ACL_HEADER.size :]) if len(entry) == 3]


def _entries_of_mode(mode: int) -> list[tuple[int, int, int]]:
    return [
        (_TAG_OWNER, mode >> 6 & 7, _NO_ID),
        (_TAG_OWNING_GROUP, mode >> 3 & 7, _NO_ID),
        (_TAG_OTHER, mode & 7, _NO_ID),
    ]
