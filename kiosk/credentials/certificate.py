"""What an HC1 certificate says: the facts that a policy asks for, and nothing that names the holder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class CertificateType(StrEnum):
    VACCINATION = "vaccination"
    TEST = "test"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Vaccination:
    """`dose` of `doses`, of the product with this code, given on that day."""

    product: str
    dose: int
    doses: int
    given_on: date


@dataclass(frozen=True, slots=True)
class Test:
    """`kind` and `result` are codes (LOINC, SNOMED CT) of the EU's value sets; the sample's time is aware."""

    kind: str
    result: str
    sampled_at: datetime


@dataclass(frozen=True, slots=True)
class Recovery:
    """From the first positive test; both bounds are part of the validity."""

    first_positive_on: date
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate. `identifier` is its UVCI, `country` that of the test or treatment."""

    identifier: str
    country: str
    facts: Vaccination | Test | Recovery

    @property
    def type(self) -> CertificateType:
        match self.facts:
            case Vaccination():
                return CertificateType.VACCINATION
            case Test():
                return CertificateType.TEST
            case Recovery():
                return CertificateType.RECOVERY
