"""Numbers as people read them."""

from __future__ import annotations

import math

_LARGEST_PLAIN = 1e9
_SMALLEST_PLAIN = 1e-4
_MOST_DECIMALS = 12


def number(value: float, digits: int = 4) -> str:
    """Return ``value`` with ``digits`` significant digits; zeros at the end of whole numbers are kept."""
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "not a number")
    size = abs(value)
    if size and not _SMALLEST_PLAIN <= size < _LARGEST_PLAIN:
        return minus(f"{value:.{digits - 1}e}")
    places = 0 if not size else digits - 1 - math.floor(math.log10(size))
    return fixed(value, max(0, min(places, _MOST_DECIMALS)))


def fixed(value: float, places: int) -> str:
    """Return ``value`` with ``places`` digits after the point, thousands parted by commas."""
    if abs(value) >= _LARGEST_PLAIN:
        return number(value)
    return minus(f"{value:,.{places}f}")


def minus(text: str) -> str:
    """Return a formatted number with a typographic minus sign; minus zero loses its sign."""
    if text.startswith("-") and not text.strip("-0.,"):
        return text[1:]
    return text.replace("-", "−", 1) if text.startswith("-") else text


def places_for(width: float) -> int:
    """Return the digits after the point that show two significant digits of ``width``, 0 to 12."""
    if not width or not math.isfinite(width):
        return 3
    return max(0, min(1 - math.floor(math.log10(abs(width))), _MOST_DECIMALS))


def count(value: int) -> str:
    """Return a whole number, thousands parted by commas."""
    return f"{value:,}"


def percent(fraction: float) -> str:
    """Return a share or a gain in percent: one digit after the point below 100 %, none above."""
    value = 100 * fraction
    return minus(f"{value:,.0f}" if abs(value) >= 99.95 else f"{value:.1f}") + " %"


def signed_percent(fraction: float) -> str:
    """Return a gain in percent with its sign; a zero has none."""
    text = percent(fraction)
    return f"+{text}" if fraction > 0 and text != "0.0 %" else text


def duration(seconds: float) -> str:
    """Return a time: ``0.4 s``, ``12 s``, ``3:05 min`` or ``2:03:05 h``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"


def rate(per_second: float) -> str:
    """Return candidates per second."""
    return (count(round(per_second)) if per_second >= 10 else f"{per_second:.1f}") + "/s"
