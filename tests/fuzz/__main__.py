"""`python -m tests.fuzz [--count N] [--guided N] [--seed S]`: generated payloads, then coverage-guided ones.

The second kind runs under atheris and is bounded by `--seconds` as well.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys

from tests.fuzz.codes import check, run, spoilt

GENERATED, GUIDED, SECONDS = 800_000, 400_000, 1200


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the verifier of codes.")
    parser.add_argument(
        "--count", type=int, default=GENERATED, help="generated payloads (default %(default)s)"
    )
    parser.add_argument(
        "--guided", type=int, default=GUIDED, help="coverage-guided ones (default %(default)s)"
    )
    parser.add_argument("--seconds", type=int, default=SECONDS, help="bound on the guided ones")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only-guided", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.only_guided:
        return _guided(chosen.guided, chosen.seconds, chosen.seed)
    cpu_s = run(chosen.count, chosen.seed)
    sys.stdout.write(
        f"{chosen.count} generated payloads, {cpu_s:.0f} s of CPU: nothing raised, late or large\n"
    )
    sys.stdout.flush()
    again = [sys.executable, "-m", "tests.fuzz", "--only-guided"]
    limits = ["--guided", str(chosen.guided), "--seconds", str(chosen.seconds), "--seed", str(chosen.seed)]
    status = subprocess.run([*again, *limits], check=False, timeout=chosen.seconds + 120).returncode
    if status == 0:
        sys.stdout.write(f"{chosen.guided} coverage-guided payloads, or {chosen.seconds} s: the same\n")
    return status


def _guided(count: int, seconds: int, seed: int) -> int:
    try:
        import atheris
    except ImportError:
        sys.stderr.write("atheris is not installed; pip install '.[fuzz]' brings it.\n")
        return 2
    atheris.instrument_all()

    def one(data: bytes) -> None:
        """The first byte says what the rest is: a payload, or the seed of a spoilt one."""
        if data[:1] < b"\x80":
            check(data[1:])
        else:
            rng = random.Random(data)
            check(rng.choice((b"HP1:", b"HC1:")) + spoilt(data[1:], rng))

    options = [
        f"-runs={count}",
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        "-max_len=4400",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
