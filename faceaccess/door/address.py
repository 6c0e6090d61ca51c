"""Addresses of what a door is connected to: `scheme:place?option=value`, without any secret."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from faceaccess.core.errors import KnownError

LONGEST_ADDRESS = 2_000
_LONGEST_SECRET = 4_096  # bytes


@dataclass(frozen=True)
class DeviceAddress:
    """An address taken apart.

    Attributes:
        shown: the address as given, without surrounding blanks, the kind in lower case; it holds
            no secret.
        scheme: in lower case.
        host: without brackets, "" for a device of this machine.
        port: as given, or None.
        user: as given, or "".
        path: a device or a path at the host, its %20 and the like read, "" where none is given.
        options: what stands behind the question mark.
        what: what has the address, for people.
    """

    shown: str
    scheme: str
    host: str = ""
    port: int | None = None
    user: str = ""
    path: str = ""
    options: dict[str, str] = field(default_factory=dict)
    what: str = "lock"

    @property
    def named(self) -> str:
        """What has the address and the address, for people."""
        return f"{self.what} {self.shown}"

    def only(self, *names: str) -> None:
        """Refuse options that this kind does not have.

        Raises:
            KnownError: that names the first such option and those that there are.
        """
        for name in self.options:
            if name not in names:
                known = ", ".join(names) or "none"
                raise KnownError(
                    f"The {self.named} has an option that is not known: {name}.",
                    f"There are: {known}.",
                )

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a whole-number option.

        Raises:
            KnownError: if it is no whole number or out of range.
        """
        text = self.options.get(name)
        if text is None:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise KnownError(
                f"{name} of the {self.named} is {text!r}.",
                f"Give a whole number from {least} to {most}.",
            )
        return int(text)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """Return an option out of a closed list; the first one is the default.

        Raises:
            KnownError: if it is another.
        """
        text = self.options.get(name, choices[0])
        if text not in choices:
            raise KnownError(
                f"{name} of the {self.named} is {text!r}.",
                f"Give one of: {', '.join(choices)}.",
            )
        return text

    def secret(self, name: str) -> bytes | None:
        """Return what the options `NAME_env` or `NAME_file` point to, or None without either.

        Raises:
            KnownError: if both are given, the variable is not set, or the file cannot be read,
                is empty or too long.
        """
        variable = self.options.get(f"{name}_env")
        file = self.options.get(f"{name}_file")
        if variable is not None and file is not None:
            raise KnownError(
                f"The {self.named} has both {name}_env and {name}_file.", "Give one of them."
            )
        if variable is not None:
            value = os.environ.get(variable, "").encode()
            if not value:
                raise KnownError(
                    f"The environment variable {variable}, named by the {self.named}, is not set.",
                    f"Set it to the {name}, or name a file by {name}_file=PATH.",
                )
            return value
        return None if file is None else self._from_file(name, Path(file))

    def _from_file(self, name: str, file: Path) -> bytes:
        try:
            with file.open("rb") as opened:
                value = opened.read(_LONGEST_SECRET + 1)
        except OSError as error:
            raise KnownError(
                f"The file {file} with the {name} of the {self.named} cannot be read: "
                f"{error.strerror}.",
                "Make it readable for the user who runs the door, and for nobody else.",
            ) from None
        value = value.rstrip(b"\r\n")
        if not value or len(value) > _LONGEST_SECRET:
            raise KnownError(
                f"The file {file} with the {name} of the {self.named} is empty or too long.",
                f"It holds the {name} alone.",
            )
        return value


def parse_address(text: str, how: str, what: str = "lock") -> DeviceAddress:
    """Take an address apart.

    Args:
        text: as people type it.
        how: the remedy that tells which kinds there are.
        what: what has the address, for people.

    Raises:
        KnownError: if it is empty, too long, has unprintable characters, a password, no scheme, a
            port that is none, or the same option twice. A password is not repeated.
    """
    text = text.strip()
    if not text:
        raise KnownError(f"No {what} is given.", how)
    if len(text) > LONGEST_ADDRESS:
        raise KnownError(f"The {what}'s address cannot be {len(text):,} characters long.", how)
    if not text.isprintable():
        raise KnownError(f"The {what}'s address has line breaks or unprintable characters.", how)
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", text):
        if re.search(r":[^/]*@", text):  # user:password@host, with the scheme forgotten
            raise KnownError(
                f"The {what}'s address begins with its kind, and holds no password.", how
            )
        raise KnownError(
            f"{text!r} is not the address of any {what}: it does not begin with a kind.", how
        )
    parts, port = _split(text, how, what)
    scheme = parts.scheme
    if parts.password is not None:
        raise KnownError(
            f"A password cannot stand in the {what}'s address ({scheme}://...): it would be seen "
            "in lists of processes and in logs.",
            "Leave it out and name an environment variable or a file that holds it, with "
            "?password_env=NAME or ?password_file=PATH.",
        )
    options: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        _refuse_secret(name, scheme, what)
        if name in options:
            raise KnownError(f"The {what}'s address has {name} twice.", "Give it once.")
        options[name] = value
    path, user = unquote(parts.path), unquote(parts.username or "")
    if not (path + user).isprintable():
        raise KnownError(f"The {what}'s address has line breaks or unprintable characters.", how)
    shown = scheme + text[len(scheme) :]  # the kind in lower case
    return DeviceAddress(shown, scheme, parts.hostname or "", port, user, path, options, what)


def _split(text: str, how: str, what: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(text)
        port = parts.port
        if port == 0:
            raise ValueError  # noqa: TRY301  # the same sentence as for a port that is no number
    except ValueError:  # a port that is no number, half a bracket
        raise KnownError(f"Host or port of the {what}'s address is wrong.", how) from None
    if parts.fragment or text.endswith("#"):
        raise KnownError(f"The {what}'s address cannot have a #.", "Write %23 for it.")
    return parts, port


def _refuse_secret(name: str, scheme: str, what: str) -> None:
    if re.fullmatch(r"(?i)(password|passwd|secret|token|key|pin)", name):
        raise KnownError(
            f"A {name.lower()} cannot stand in the {what}'s address ({scheme}:...): it would be "
            "seen in lists of processes and in logs.",
            f"Name an environment variable or a file that holds it: {name.lower()}_env=NAME or "
            f"{name.lower()}_file=PATH.",
        )
