"""What is wrong with a site's readers, a sentence each: one that is there twice, or serves nobody."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.config.sections import Exposure, ReaderConfig, ReaderKind, Site
from kiosk.config.sentences import shown

USUAL_BAUD = ReaderConfig("", ReaderKind.SERIAL, "").baud


def reader_contradictions(site: Site) -> Iterator[str]:
    served = {reader for point in site.rules.access_points for reader in point.readers}
    # A site may ask for no code at all; and a name that is not there is most likely the one that is missed.
    is_known = bool(served) and served <= {reader.id for reader in site.readers}
    devices: dict[str, list[str]] = {}
    for reader in site.readers:
        devices.setdefault(reader.device, []).append(shown(reader.id))
        if is_known and reader.id not in served:
            yield (
                f"readers: {shown(reader.id)} serves no access point, so nobody would be answered there; "
                "name it at one, or remove it."
            )
        yield from _of_another_kind(reader)
    for device, readers in devices.items():
        if len(readers) > 1:
            yield (
                f"readers: the device {shown(device)} is used twice, by {' and '.join(readers)}; one reader "
                "has it, so name another or remove one."
            )


def _of_another_kind(reader: ReaderConfig) -> Iterator[str]:
    kind, where = reader.kind, f"readers {shown(reader.id)}"
    if kind is not ReaderKind.CAMERA and reader.linear_codes:
        yield f"{where}: linear_codes is a camera's, and no {kind.value} reader's; remove it."
    if kind is not ReaderKind.CAMERA and reader.exposure is not Exposure.ALTERNATE:
        yield f"{where}: exposure is a camera's, and no {kind.value} reader's; remove it."
    if kind is not ReaderKind.SERIAL and reader.baud != USUAL_BAUD:
        yield f"{where}: baud is a serial scanner's, and no {kind.value} reader's; remove it."
