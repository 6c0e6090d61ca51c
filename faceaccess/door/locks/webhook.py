"""`http:` and `https:` a controller of the user's own that is commanded by signed requests.

A request is a POST to the address with a JSON object: `command` ("open", "lock" or "check"), `id`
(32 hexadecimal digits, another for each command) and for "open" `seconds`. Two header fields go
with it:

    X-Faceaccess-Time: 1767603600
    X-Faceaccess-Signature: sha256=...

The time is in seconds since 1970; the signature is HMAC-SHA256 (RFC 2104) by the common secret of
the time in these digits, a full stop, and the body. The controller refuses a wrong signature, a
time more than a few seconds away from its own, and an id that it has seen.

It answers with status 200 and a JSON object with the same `id` and `"acknowledged": true`, signed
by the same secret in a field X-Faceaccess-Signature of the *request's* time, a full stop, and the
answer's body: so nobody between the two can pretend that the door opened.
"""

import hashlib
import hmac
import json
from secrets import token_hex

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.door.address import DeviceAddress
from faceaccess.door.locks.deadline import Deadline
from faceaccess.door.locks.http_post import HttpPost, refused
from faceaccess.door.locks.tls import unreachable


def signature(secret: bytes, moment: str, body: bytes) -> str:
    """Return the value of X-Faceaccess-Signature; see the module."""
    digest = hmac.new(secret, moment.encode("ascii") + b"." + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


class Webhook:
    """A `Board` behind HTTP.

    Addresses: `https://host:port/path?secret_env=NAME` or `secret_file=PATH`, with `ca=FILE` for
    an authority of one's own, and `acknowledge=status` for a controller that cannot sign: any
    status of 200 to 299 is then its acknowledgement, and it cannot be asked without a command.
    Redirections are not followed and proxies not used.

    Args:
        address: taken apart.
        clock: gives the time of the requests.

    Raises:
        KnownError: if the address is wrong, names no secret, or the secret cannot be had.
    """

    def __init__(self, address: DeviceAddress, clock: Clock) -> None:
        address.only("secret_env", "secret_file", "ca", "acknowledge")
        self._post = HttpPost(address)
        secret = address.secret("secret")
        if secret is None:
            raise KnownError(
                f"The {address.named} names no secret, so anybody in the network could open.",
                "Name it with ?secret_env=NAME or ?secret_file=PATH.",
            )
        self._secret = secret
        self._signed = address.choice("acknowledge", ("signed", "status")) == "signed"
        self._named = address.named
        self._clock = clock

    def pulse(self, seconds: float, deadline: Deadline) -> str:
        """See `Board.pulse`."""
        if seconds > 0:
            self._command({"command": "open", "seconds": seconds}, deadline)
            return f"The controller acknowledged a pulse of {seconds:g} s."
        self._command({"command": "lock"}, deadline)
        return "The controller acknowledged that it is locked."

    def ask(self, deadline: Deadline) -> tuple[LockOutcome, str]:
        """See `Board.ask`."""
        if self._signed:
            self._command({"command": "check"}, deadline)
            return LockOutcome.ACKNOWLEDGED, "The controller answers."
        try:
            self._post.connected(deadline).close()
        except OSError as error:
            raise unreachable(error, self._named) from None
        return LockOutcome.NONE, "The host answers; its controller cannot be asked."

    def close(self) -> None:
        """See `Board.close`: nothing is held between commands."""

    def _command(self, command: dict[str, str | float], deadline: Deadline) -> None:
        command["id"] = token_hex(16)
        body = json.dumps(command).encode()
        moment = str(int(self._clock.now().timestamp()))
        headers = {
            "X-Faceaccess-Time": moment,
            "X-Faceaccess-Signature": signature(self._secret, moment, body),
        }
        status, answer, signed = self._post.post(body, headers, deadline)
        if not 200 <= status < 300:
            raise refused(self._named, status)
        if not self._signed:
            return
        if not hmac.compare_digest(
            signed.encode("utf-8", "replace"), signature(self._secret, moment, answer).encode()
        ):
            raise LockError(
                f"The {self._named} answers without the right signature.",
                "Do both have the same secret, and does the controller sign its answers?",
            )
        if not _acknowledges(answer, str(command["id"])):
            raise LockError(
                f"The {self._named} does not acknowledge the command.",
                "Look at the controller's own record.",
            )


def _acknowledges(answer: bytes, command: str) -> bool:
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(value, dict) and value.get("id") == command and value.get("acknowledged") is True
    )
