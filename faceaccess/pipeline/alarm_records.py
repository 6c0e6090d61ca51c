"""An alarm as it goes over a socket and to programs."""

from faceaccess.core.alarms import Alarm


def alarm_record(alarm: Alarm) -> dict[str, object]:
    """Return an alarm as JSON values."""
    return {
        "id": alarm.id,
        "door": alarm.station,
        "kind": alarm.kind.value,
        "began": alarm.began.isoformat(timespec="milliseconds"),
        "ended": None if alarm.ended is None else alarm.ended.isoformat(timespec="milliseconds"),
        "text": f"{alarm.kind.sentence}.",
        "detail": alarm.detail or None,
        "muted_by": alarm.muted_by or None,
    }
