"""Text from outside made fit to show: bounded, on one line, free of invisible characters.

A masked name comes out of a QR code and a fault's name over a socket. Both
are shown as plain text, never as markup; here the rest of the mischief goes:
line breaks, direction overrides (Unicode Technical Report 36), endless
length, towers of combining marks.
"""

from __future__ import annotations

import math
import unicodedata
from datetime import datetime, tzinfo

NAME_LIMIT = 24
_MINUS_TENTH_GUARD = 1e-9


def plain(text: str, limit: int = NAME_LIMIT) -> str:
    """At most `limit` visible characters of `text`; what was cut off is marked by an ellipsis."""
    bounded = unicodedata.normalize("NFC", text[: limit * 8])
    visible = "".join(" " if character.isspace() else character for character in bounded)
    visible = "".join(c for c in visible if unicodedata.category(c)[0] not in "CM")
    visible = " ".join(visible.split())
    return visible if len(visible) <= limit else visible[: limit - 1] + "…"


def degrees(celsius: float | None, expanded_u_celsius: float | None) -> str | None:
    """A temperature such as `34.6 °C ± 0.9 °C`, or None where none was measured.

    The value is rounded to the nearest tenth, U upwards, so that the screen
    never promises more than the measurement (JCGM 100, 7.2.6).
    """
    if celsius is None or not math.isfinite(celsius):
        return None
    if expanded_u_celsius is None or not math.isfinite(expanded_u_celsius):
        return f"{celsius:.1f} °C"
    upwards = math.ceil(expanded_u_celsius * 10 - _MINUS_TENTH_GUARD) / 10
    return f"{celsius:.1f} °C ± {upwards:.1f} °C"


def local_time(moment: str | None, seen_at: str, zone: tzinfo) -> str | None:
    """`HH:MM` in the site's zone, with the date before it when that is not the day of `seen_at`.

    Both moments are RFC 3339. None when `moment` is not one.
    """
    then = _parse(moment, zone)
    if then is None:
        return None
    now = _parse(seen_at, zone)
    same_day = now is None or now.date() == then.date()
    return then.strftime("%H:%M" if same_day else "%m-%d %H:%M")


def _parse(moment: str | None, zone: tzinfo) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(moment or "")
        return parsed.astimezone(zone) if parsed.tzinfo else None
    except (ValueError, OverflowError):
        return None
