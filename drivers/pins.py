"""gpiozero pin factories by name, and never another one than was asked for.

gpiozero falls back from one factory to the next when none is given: a gate
that silently moves simulated pins would be worse than none. So the name is
looked up in the entry-point group that gpiozero itself uses, and whatever
goes wrong is said.
"""

from __future__ import annotations

from importlib.metadata import entry_points

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
    except (GPIOZeroError, OSError) as error:
        raise DeviceUnavailable(f"gate: the pins cannot be opened through {name!r}: {error}.") from error
    if not isinstance(factory, Factory):
        raise DeviceUnavailable(f"gate: {name!r} is registered as a pin factory and is none.")
    return factory
