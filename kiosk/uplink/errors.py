"""What can go wrong between gatekeeper and the hub. Neither message ever reaches the screen."""

from __future__ import annotations


class UplinkError(OSError):
    """The base of what this package raises."""


class DeskUnavailable(UplinkError):
    """Gatekeeper's socket does not answer."""


class DeskRefused(UplinkError):
    """Gatekeeper has answered with an error, or would not read the request; the message is a sentence."""


class EnrolmentRefused(UplinkError):
    """The hub gives no certificate, or none that fits; the message is a sentence without its end."""


class HubUnreachable(UplinkError):
    """No usable answer came from the hub: no route, no reply in time, a reply cut short or too long."""
