"""The time zone of this computer, by its IANA name."""

from faceaccess.core.access_rules import zone_named
from faceaccess.core.errors import KnownError


def site_zone() -> str:
    """Return the name of this computer's time zone, as Europe/Berlin.

    Raises:
        KnownError: if it is not known, or has no such name.
    """
    import tzlocal

    try:
        name = tzlocal.get_localzone_name()
    except (LookupError, OSError, ValueError):
        name = None
    if not name:
        raise KnownError(
            "The time zone of this computer is not known.", "Give it: --zone Europe/Berlin."
        )
    return zone_named(name).key
