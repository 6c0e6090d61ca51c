"""`http:` and `https:` alerts as POST requests.

The body is the alert as a JSON object. With `secret_env=NAME` or `secret_file=PATH` two header
fields sign it as the requests to a lock (see `door.locks.webhook`); with `token_env` or
`token_file` it carries `Authorization: Bearer TOKEN`. Any status of 200 to 299 means that it was
taken; what else is answered is not read, however much it is.
"""

import re

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError
from faceaccess.door.address import DeviceAddress
from faceaccess.door.alerts.protocol import DELIVERED_WITHIN
from faceaccess.door.locks.deadline import Deadline
from faceaccess.door.locks.http_post import HttpPost, refused
from faceaccess.door.locks.webhook import signature


class WebhookAlerts:
    """An `AlertWay`.

    Args:
        address: taken apart.
        clock: gives the time of the requests.

    Raises:
        KnownError: if the address is wrong or a secret cannot be had.
    """

    def __init__(self, address: DeviceAddress, clock: Clock) -> None:
        self._named = address.named
        self._post = HttpPost(address)
        self._secret = address.secret("secret")
        token = address.secret("token")
        if token is not None and not re.fullmatch(rb"[\x21-\x7e]+", token):
            raise KnownError(f"The token of the {address.named} is not printable ASCII.")
        if token is not None and address.scheme != "https":
            raise KnownError(
                f"The {address.named} would show its token to the whole network.",
                "Begin it with https:.",
            )
        self._token = token
        self._clock = clock

    def deliver(self, body: bytes) -> None:
        """See `AlertWay.deliver`."""
        headers = {}
        if self._secret is not None:
            moment = str(int(self._clock.now().timestamp()))
            headers["X-Faceaccess-Time"] = moment
            headers["X-Faceaccess-Signature"] = signature(self._secret, moment, body)
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token.decode('ascii')}"
        status, _, _ = self._post.post(body, headers, Deadline(DELIVERED_WITHIN), read=False)
        if status in (401, 403) and self._secret is None:
            raise LockError(
                f"The {self._named} does not let us in (status {status}).",
                "Look at the token: token_env=NAME or token_file=PATH.",
            )
        if not 200 <= status < 300:
            raise refused(self._named, status)

    def close(self) -> None:
        """See `AlertWay.close`: nothing is held between two."""
