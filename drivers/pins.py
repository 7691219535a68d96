"""gpiozero pin factories by name, and never another one than was asked for.

gpiozero falls back from one factory to the next when none is given: a gate
that silently moves simulated pins would be worse than none. So the name is
looked up in the entry-point group that gpiozero itself uses, and whatever
goes wrong is said.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from threading import Lock

from gpiozero import Factory, GPIOZeroError

from drivers.errors import DeviceUnavailable


def open_pin_factory(name: str) -> Factory:
    """The factory `name`: `lgpio` on a Pi, `mock` in tests, others as packages register them.

    Raises DeviceUnavailable.
    """
    found = list(entry_points(group="gpiozero_pin_factories", name=name))
    if not found:
        known = ", ".join(sorted(entry.name for entry in entry_points(group="gpiozero_pin_factories")))
        raise DeviceUnavailable(f"gate: there is no pin factory {name!r}; known are {known}.")
    try:
        factory = found[0].load()()
    except ImportError as error:
        raise DeviceUnavailable(
            f"gate: the pin factory {name!r} needs a package that is missing ({error.name}); "
            "install the kiosk with its extra [pi]."
        ) from error
    except DeviceUnavailable:
        raise
    except pin_errors() as error:
        raise DeviceUnavailable(
            f"gate: the pins cannot be opened through {name!r}: {error}; "
            "check gate.pin_factory, and that this user is in the group gpio."
        ) from error
    if not isinstance(factory, Factory):
        raise DeviceUnavailable(f"gate: {name!r} is registered as a pin factory and is none.")
    return factory


def pin_errors() -> tuple[type[Exception], ...]:
    """What using a pin can raise: gpiozero's errors, the system's, and lgpio's, which are neither.

    lgpio is there on a Pi only, and has been imported when a pin of it is used.
    """
    lgpio = sys.modules.get("lgpio")
    return (GPIOZeroError, OSError) if lgpio is None else (GPIOZeroError, OSError, lgpio.error)


class SharedPins:
    """One factory for all the pins of a process: opened when it is first asked for, and kept.

    A factory holds the pin controller open, so a device that is tried again
    each second must not open another one each time.
    """

    def __init__(self, open_factory: Callable[[], Factory]) -> None:
        self._open_factory = open_factory
        self._lock = Lock()
        self._factory: Factory | None = None

    def factory(self) -> Factory:
        """Raises DeviceUnavailable; the next call tries again."""
        with self._lock:
            if self._factory is None:
                self._factory = self._open_factory()
            return self._factory

    def close(self) -> None:
        """Let the controller go, after the devices on it have been closed."""
        with self._lock:
            factory, self._factory = self._factory, None
        if factory is not None:
            factory.close()
