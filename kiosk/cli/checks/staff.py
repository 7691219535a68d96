"""Can anybody sign in at the screen: who has a PIN, and whether a pass does."""

from __future__ import annotations

from kiosk.config import Site
from kiosk.gatekeeper.finding import Finding, fail, ok, warn
from kiosk.gatekeeper.staff_register import StaffError, StaffRegister

PART = "staff"


def check_staff(site: Site) -> Finding:
    """Without anybody a referred person waits in vain, and nothing can be silenced or held open."""
    try:
        people = len(StaffRegister(site.site.state_dir, b"").listed())
    except StaffError as error:
        return fail(PART, str(error), "the files are gatekeeper's: run this as its user")
    by_pass = bool(site.rules.staff.pass_roles)
    if not people and not by_pass:
        return warn(PART, "nobody may sign in at the screen", "add somebody: kiosk staff add NUMBER")
    roles = ", and passes of the staff's roles" if by_pass else ""
    return ok(PART, f"{people} may sign in by PIN{roles}")
