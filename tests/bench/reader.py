"""The reader: what is read of the bank, and what nothing costs: `python -m tests.bench.reader [--quick]`."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterable

import numpy as np

from drivers.qr import Decoded, Grey, QrDecoder, use_one_thread, zxing
from drivers.qr.picture import Picture
from drivers.qr.stages import attempts
from drivers.qr.thorough import ThoroughDecoder
from drivers.qr.zbar import Zbar
from tests.bench.figures import Figure, show
from tests.bench.reader_bank import VERSIONS, Sample, samples

READ_PERCENT, CLEAN_PERCENT = 82.0, 99.0
BASE_MS, ALL_STAGES_MS = 2.0, 25.0
FRAMES_IN_200_MS = 6
FEW_VERSIONS = VERSIONS[::3]
ROUNDS = 40


def measure(*, few: bool = False) -> list[Figure]:
    """`few`: of every third version only."""
    return [*bank(samples(FEW_VERSIONS if few else VERSIONS)), *empty_frame()]


def bank(frames: Iterable[Sample]) -> list[Figure]:
    """Each frame as one picture, and as what a camera sees for 200 ms at 30 frames a second."""
    thorough = ThoroughDecoder()
    kept, wrong, plainly, while_held = list[Sample](), 0, 0, 0
    clean, clean_read, total = 0, 0, 0
    for each in frames:
        still = _payloads(thorough.decode(Picture(each.frame)))
        plain = _payloads(zxing.read(each.frame, zxing.How()))
        held = _held(each.frame)
        total += 1
        wrong += any(payload != each.payload for payload in (*still, *plain, *held))
        plainly += each.payload in plain
        while_held += each.payload in held
        if each.payload in still:
            kept.append(each)
        if each.condition == "clean" and each.module_px == 2.5:
            clean, clean_read = clean + 1, clean_read + (each.payload in held)
    return [
        Figure(f"{total} rendered codes, plain pass", 100 * plainly / total, "%"),
        Figure("held before a camera for 200 ms", 100 * while_held / total, "%", at_least=READ_PERCENT),
        Figure("as one picture, every stage", 100 * len(kept) / total, "%", at_least=READ_PERCENT),
        Figure("clean, 2.5 pixels a module", 100 * clean_read / clean, "%", at_least=CLEAN_PERCENT),
        Figure("wrong reads", wrong, "", 0),
    ]


def _held(frame: Grey) -> set[bytes]:
    decoder = QrDecoder()
    return {payload for _ in range(FRAMES_IN_200_MS) for payload in _payloads(decoder.decode(frame))}


def _payloads(codes: list[Decoded]) -> list[bytes]:
    return [code.payload for code in codes]


def empty_frame() -> list[Figure]:
    """1280 x 720, noise of 3 grey levels, nothing in it: plain pass, and with every further attempt."""
    noise = np.random.default_rng(3).normal(120, 3, (720, 1280))
    frame = np.clip(noise, 0, 255).astype(np.uint8)
    further = attempts(Zbar())
    use_one_thread()  # as the gatekeeper does

    def everything() -> None:
        zxing.read(frame, zxing.How())
        for attempt in further:
            attempt(frame)

    return [
        Figure("nothing in view, plain pass", _ms(lambda: zxing.read(frame, zxing.How())), "ms", BASE_MS),
        Figure("nothing in view, all stages", _ms(everything), "ms", ALL_STAGES_MS),
    ]


def _ms(work: Callable[[], object]) -> float:
    """The processor's milliseconds, all threads together: what else runs here counts for nothing."""
    taken = []
    for _ in range(ROUNDS):
        began_s = time.process_time()
        work()
        taken.append(1000 * (time.process_time() - began_s))
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(not show("Reader", measure(few="--quick" in sys.argv[1:])))
