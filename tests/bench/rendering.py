"""What simulated frames and their decoding cost: `python -m tests.bench.rendering`, in milliseconds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from rich.console import Console
from rich.table import Table

from drivers.qr import QrDecoder
from sim.optics import Conditions, PhonePose, render, render_crop, render_empty, room
from sim.phone import PaperSheet, PhoneScreen, Shown, qr_modules

PASS = "HP1:" + ("6BFOXN%TS3DHPVO13J /G-/2YRVA.Q/R8JRRYS*" * 8)[:306]
POSE = PhonePose(module_px=4.0, yaw_deg=12, pitch_deg=-8, roll_deg=6)
STEADY = Conditions()
UNSTEADY = Conditions(defocus_sigma_px=1.2, motion_px=3, motion_deg=30, noise_sigma=5, glare=0.6)
ROUNDS = 60


def milliseconds(work: Callable[[int], object]) -> list[float]:
    """How long each round took; the first, which fills the caches, is not counted."""
    work(0)
    taken = []
    for index in range(1, ROUNDS + 1):
        started_s = time.perf_counter()
        work(index)
        taken.append(1000 * (time.perf_counter() - started_s))
    return taken


def decoding(shown: Shown, conditions: Conditions) -> list[float]:
    decoder = QrDecoder(further=False)
    frames = [render(room(1), shown, POSE, conditions, index) for index in range(8)]
    return milliseconds(lambda index: decoder.decode(frames[index % len(frames)]))


def decoding_nothing(*, further: bool) -> list[float]:
    decoder = QrDecoder(further=further)
    frames = [render_empty(room(1), STEADY, index) for index in range(8)]
    return milliseconds(lambda index: decoder.decode(frames[index % len(frames)]))


def read_share(module_px: float, conditions: Conditions) -> str:
    decoder = QrDecoder(further=False)
    pose = replace(POSE, module_px=module_px)
    read = 0
    for index in range(ROUNDS):
        frame = render(room(1), PhoneScreen(PASS), pose, conditions, index)
        read += [code.payload for code in decoder.decode(frame)] == [PASS.encode()]
    return f"{100 * read / ROUNDS:.0f} %"


def main() -> None:
    phone, paper, view = PhoneScreen(PASS), PaperSheet(PASS), room(1)
    rows = {
        "writer: a code's modules, uncached": milliseconds(lambda i: qr_modules.__wrapped__(PASS + str(i))),
        "crop: phone, steady": milliseconds(lambda i: render_crop(view, phone, POSE, STEADY, i)),
        "crop: phone, blur and glare": milliseconds(lambda i: render_crop(view, phone, POSE, UNSTEADY, i)),
        "crop: paper": milliseconds(lambda i: render_crop(view, paper, POSE, STEADY, i)),
        "frame: phone, steady": milliseconds(lambda i: render(view, phone, POSE, STEADY, i)),
        "frame: phone, blur and glare": milliseconds(lambda i: render(view, phone, POSE, UNSTEADY, i)),
        "frame: empty room": milliseconds(lambda i: render_empty(view, STEADY, i)),
        "decode: phone, steady": decoding(phone, STEADY),
        "decode: phone, blur and glare": decoding(phone, UNSTEADY),
        "decode: empty room, plain pass": decoding_nothing(further=False),
        "decode: empty room, with a further attempt": decoding_nothing(further=True),
    }
    table = Table("1280 x 720 grey", "median ms", "95th percentile ms", title="Rendering and decoding")
    for name, taken in rows.items():
        table.add_row(name, f"{statistics.median(taken):.2f}", f"{statistics.quantiles(taken, n=20)[-1]:.2f}")
    shares = Table("pixels a module", "steady", "blur and glare", title=f"Read, of {ROUNDS} frames")
    for module_px in (2.5, 3.0, 4.0, 5.0):
        shares.add_row(f"{module_px}", read_share(module_px, STEADY), read_share(module_px, UNSTEADY))
    console = Console()
    console.print(table)
    console.print(shares)
    if (missing := QrDecoder().missing) is not None:
        console.print(missing)


if __name__ == "__main__":
    main()
