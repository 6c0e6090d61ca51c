"""What makes Home Assistant show a lock by itself (its "MQTT discovery").

The lock is announced as a sensor, not as a lock: the house sees whether the door is open, and that
the station lives, and has no button that opens it past the rules and the record.
"""

import json
import re
from hashlib import sha256

from faceaccess import __version__


def announcements(
    prefix: str, topic: str, state: str, presence: str, *, on: str, off: str
) -> dict[str, str]:
    """Return the retained messages, topic to payload.

    Args:
        prefix: Home Assistant's, "homeassistant" unless set otherwise there.
        topic: the lock's own topic, its name for people.
        state: topic on which the device says what it is.
        presence: topic on which the station says "online" and "offline".
        on: what the state topic says when open: plain, or as `state` in a JSON object.
        off: the same when locked.
    """
    # The same for every start; two topics that look alike when cleaned stay apart.
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", topic)[:40]
    identity = f"faceaccess_{name}_{sha256(topic.encode()).hexdigest()[:8]}"
    configuration = {
        "name": "Lock",
        "unique_id": identity,
        "device_class": "lock",
        "state_topic": state,
        "value_template": (
            "{{ value_json.state if value_json is mapping and 'state' in value_json else value }}"
        ),
        "payload_on": on,
        "payload_off": off,
        "availability_topic": presence,
        "payload_available": "online",
        "payload_not_available": "offline",
        "qos": 1,
        "device": {"identifiers": [identity], "name": topic, "manufacturer": "faceaccess"},
        "origin": {"name": "faceaccess", "sw_version": __version__},
    }
    return {f"{prefix}/binary_sensor/{identity}/config": json.dumps(configuration)}
