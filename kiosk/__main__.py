"""The `kiosk` command. Each subcommand is a module with `add_parser`, imported when it is asked for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import entry_points

from kiosk import __version__
from kiosk.cli.missing_library import explain

COMMANDS = {
    "run": ("kiosk.cli.run", "run the kiosk: gatekeeper, screen and uplink"),
    "gatekeeper": ("kiosk.cli.gatekeeper", "run the gatekeeper process alone"),
    "screen": ("kiosk.cli.screen", "run the screen process alone"),
    "uplink": ("kiosk.cli.uplink", "run the uplink process alone"),
    "enrol": ("kiosk.cli.enrol", "get this kiosk's certificate from the hub"),
    "reload": ("kiosk.cli.reload", "tell a running kiosk of another site file"),
    "gate-safe": ("kiosk.cli.gate_safe", "bring every relay to rest"),
    "doctor": ("kiosk.cli.doctor", "say, part by part, what works, what does not and what to do"),
    "verify": ("kiosk.cli.verify", "verify codes from standard input, one JSON line each"),
    "journal": ("kiosk.cli.journal", "verify or show the journal"),
    "staff": ("kiosk.cli.staff", "who may sign in at this kiosk's screen, by PIN"),
    "trust": ("kiosk.cli.trust", "show the cached keys"),
}
EXTERNAL_GROUP = "kiosk.commands"


def main(argv: Sequence[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments[0] if arguments else ""
    try:
        if name in COMMANDS:
            return _run_module(COMMANDS[name][0], arguments)
        for entry in entry_points(group=EXTERNAL_GROUP, name=name):
            external: Callable[[Sequence[str]], int] = entry.load()
            return external(arguments[1:])
    except KeyboardInterrupt:
        return 130
    except ImportError as error:
        sys.stderr.write(f"kiosk {name}: {'; '.join(explain(error))}.\n")
        return 2
    except BrokenPipeError:
        _discard_output()
        return 141
    return _usage(name, arguments)


def _discard_output() -> None:
    """Nobody reads any more: what is still buffered must not fail when the interpreter ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _run_module(module: str, arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="kiosk")
    command = import_module(module)
    command.add_parser(parser.add_subparsers(required=True))
    parsed = parser.parse_args(arguments)
    status: int = command.run(parsed)
    return status


def _usage(name: str, arguments: Sequence[str]) -> int:
    known = {name: text for name, (_, text) in COMMANDS.items()}
    known |= {
        entry.name: "run the kiosk in a simulated world" for entry in entry_points(group=EXTERNAL_GROUP)
    }
    if arguments and arguments[0] in ("--version", "-V"):
        sys.stdout.write(f"kiosk {__version__}\n")
        return 0
    asked_for_help = name in ("-h", "--help")
    out = sys.stdout if asked_for_help else sys.stderr
    if arguments and not asked_for_help:
        out.write(f"kiosk: there is no command {name!r}.\n")
    out.write("usage: kiosk COMMAND …    (kiosk COMMAND --help says more)\n\n")
    for command, text in known.items():
        out.write(f"  {command:<12}{text}\n")
    return 0 if asked_for_help else 2


if __name__ == "__main__":
    sys.exit(main())
