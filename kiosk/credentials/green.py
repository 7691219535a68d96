"""Which HC1 certificates count as green: a short table in the signed policy, a row a kind that does.

    {"type": "vaccination", "doses": "complete", "min_age_days": 14, "max_age_days": 270,
     "products": ["EU/1/20/1528"]}
    {"type": "test", "max_age_hours": 72, "kinds": ["LP6464-4"]}
    {"type": "recovery", "min_age_days": 11, "max_age_days": 180}

One row that fits is enough. A member that is not there asks for nothing, but a
test is always a negative one and a recovery within its own validity. Days are
counted from the date in the certificate to the kiosk's date in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.credentials.certificate import Certificate, CertificateType, Recovery, Test, Vaccination
from kiosk.credentials.errors import CredentialError

NEGATIVE = "260415000"
"""SNOMED CT, "not detected" (EU value set for test results)."""
MAX_ROWS = 64
MAX_CODES = 256
MAX_AGE_DAYS = 10_000
_COMPLETE, _ANY = "complete", "any"
_MEMBERS = {
    CertificateType.VACCINATION: {"type", "doses", "min_age_days", "max_age_days", "products"},
    CertificateType.TEST: {"type", "max_age_hours", "kinds"},
    CertificateType.RECOVERY: {"type", "min_age_days", "max_age_days"},
}


@dataclass(frozen=True, slots=True)
class GreenRow:
    """`codes` are products or test kinds; empty: any. None bounds nothing."""

    type: CertificateType
    complete: bool = False
    codes: frozenset[str] = frozenset()
    min_age: timedelta | None = None
    max_age: timedelta | None = None

    def fits(self, certificate: Certificate, utc: datetime) -> bool:
        match certificate.facts:
            case Vaccination() as facts if self.type is CertificateType.VACCINATION:
                is_enough = facts.dose >= facts.doses or not self.complete
                return (
                    is_enough and self._lists(facts.product) and self._is_of_age(utc.date() - facts.given_on)
                )
            case Test() as facts if self.type is CertificateType.TEST:
                is_negative = facts.result == NEGATIVE
                return is_negative and self._lists(facts.kind) and self._is_of_age(utc - facts.sampled_at)
            case Recovery() as facts if self.type is CertificateType.RECOVERY:
                is_valid = facts.valid_from <= utc.date() <= facts.valid_until
                return is_valid and self._is_of_age(utc.date() - facts.first_positive_on)
        return False

    def _lists(self, code: str) -> bool:
        return not self.codes or code in self.codes

    def _is_of_age(self, age: timedelta) -> bool:
        """What lies in the future is never good."""
        return max(self.min_age or timedelta(0), timedelta(0)) <= age <= (self.max_age or timedelta.max)


def parse_rows(value: object) -> tuple[GreenRow, ...]:
    """The table in a policy. Raises CredentialError."""
    if not isinstance(value, list) or len(value) > MAX_ROWS:
        raise CredentialError(f"the policy's hc1 is a list of at most {MAX_ROWS} rows")
    return tuple(_row(row) for row in value)


def _row(row: object) -> GreenRow:
    kinds = [kind.value for kind in CertificateType]
    if not isinstance(row, Mapping) or row.get("type") not in kinds:
        raise CredentialError(f"a row of the policy's hc1 has a type, one of {', '.join(kinds)}")
    kind = CertificateType(row["type"])
    unknown = sorted(str(name) for name in set(row) - _MEMBERS[kind])
    if unknown:
        raise CredentialError(f"a row of the policy's hc1 for a {kind} has the unknown member {unknown[0]!r}")
    doses = row.get("doses", _ANY)
    if doses not in (_COMPLETE, _ANY):
        raise CredentialError(f"doses of the policy's hc1 are {_COMPLETE} or {_ANY}, and not {doses!r}")
    codes = row.get("products", row.get("kinds", []))
    if not isinstance(codes, list) or len(codes) > MAX_CODES or not all(type(code) is str for code in codes):
        raise CredentialError("products and kinds of the policy's hc1 are lists of texts")
    hours = _age(row, "max_age_hours", 24 * MAX_AGE_DAYS)
    days = [_age(row, name, MAX_AGE_DAYS) for name in ("min_age_days", "max_age_days")]
    return GreenRow(
        kind,
        doses == _COMPLETE,
        frozenset(codes),
        None if days[0] is None else timedelta(days=days[0]),
        timedelta(hours=hours) if hours is not None else None if days[1] is None else timedelta(days=days[1]),
    )


def _age(row: Mapping[str, object], name: str, most: int) -> int | None:
    value = row.get(name)
    if value is not None and (type(value) is not int or not 0 <= value <= most):
        raise CredentialError(f"{name} of the policy's hc1 is a whole number up to {most}, and not {value!r}")
    return value if type(value) is int else None
