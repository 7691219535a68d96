"""The world behind a socket: bus, camera and pins on one side, the real things on the other."""

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing.connection import Client
from pathlib import Path
from threading import RLock, active_count

import numpy as np
import pytest

from drivers.camera import open_camera
from drivers.errors import DeviceUnavailable
from drivers.i2c import open_i2c
from drivers.pins import open_pin_factory
from sim.camera import SimCamera
from sim.mlx90640_chip import EEPROM, Fault, Mlx90640Chip
from sim.radiation import Unit
from sim.remote import SENSOR_ADDRESS, WORLD_VARIABLE
from sim.server import WorldServer
from tests.gatekeeper.rig import UNIT
from tests.sim.visits import Scenery, visit

OTHER_UNIT = Unit.random(4)


class Served:
    """A world with somebody before the camera, behind a socket."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.scenery = Scenery()
        self.scenery.send(visit())
        self.scenery.until(1.9)
        clock = self.scenery.clock
        self.chip = Mlx90640Chip(UNIT, self.scenery.world, clock.mono, seed=1)
        self.camera = SimCamera(self.scenery.world, clock.mono)
        self.chip_out = Mlx90640Chip(OTHER_UNIT, self.scenery.world, clock.mono, seed=1)
        self.camera_out = SimCamera(Scenery().world, clock.mono)
        out = {"out": (self.chip_out, lambda: self.camera_out)}
        self.server = WorldServer(path, RLock(), self.chip, lambda: self.camera, self.scenery.pins, out)

    @property
    def name(self) -> str:
        return f"world:{self.path}"


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    served = Served(tmp_path / "world.sock")
    served.server.start()
    monkeypatch.setenv(WORLD_VARIABLE, str(served.path))
    yield served
    served.server.close()


def eeprom_word(name: str, word: int = 0) -> int:
    bus = open_i2c(name)
    answer = bytearray(2)
    try:
        bus.writeto_then_readfrom(SENSOR_ADDRESS, (EEPROM + word).to_bytes(2, "big"), answer)
    finally:
        bus.close()
    return int.from_bytes(answer, "big")


def test_the_sensor_is_read_word_for_word(served: Served) -> None:
    assert eeprom_word(served.name) == UNIT.eeprom()[0]


def test_each_lane_has_a_sensor_and_a_camera_of_its_own(served: Served) -> None:
    assert OTHER_UNIT.eeprom()[7:10] != UNIT.eeprom()[7:10]
    assert eeprom_word(f"{served.name}#out", 7) == OTHER_UNIT.eeprom()[7]
    assert eeprom_word(served.name, 7) == UNIT.eeprom()[7]
    first, out = (open_camera(name, lambda: 0.0) for name in (served.name, f"{served.name}#out"))
    assert first.latest() is not None
    assert out.latest() is None, "nobody is there"
    first.close()
    out.close()


def test_a_lane_that_is_not_there_does_not_answer(served: Served) -> None:
    with pytest.raises(DeviceUnavailable):
        open_camera(f"{served.name}#away", lambda: 0.0).latest()


def test_a_sensor_that_is_unplugged_does_not_acknowledge(served: Served) -> None:
    served.chip.fault = Fault.UNPLUGGED
    with pytest.raises(OSError, match="no acknowledge"):
        eeprom_word(served.name)


def test_frames_come_over_pixel_for_pixel(served: Served) -> None:
    camera = open_camera(served.name, lambda: 0.0)
    camera.open()
    frame = camera.latest()
    assert frame is not None
    direct = SimCamera(served.scenery.world, served.scenery.clock.mono).latest()
    assert direct is not None
    assert frame.at_s == direct.at_s
    assert np.array_equal(frame.grey, direct.grey)
    assert camera.latest() is None, "nothing new has been taken since"
    camera.close()


def test_a_camera_that_is_unplugged_is_unavailable_and_may_come_back(served: Served) -> None:
    camera = open_camera(served.name, lambda: 0.0)
    camera.open()
    served.camera.unplugged = True
    with pytest.raises(DeviceUnavailable):
        camera.latest()
    served.camera.unplugged = False
    camera.open()
    assert camera.latest() is not None
    camera.close()


def test_a_pin_that_is_written_has_reached_the_board_when_the_call_returns(served: Served) -> None:
    factory = open_pin_factory("world")
    pin = factory.pin(17)
    pin.output_with_state(True)
    assert served.scenery.pins.level(17)
    pin.state = False
    assert [edge.level for edge in served.scenery.pins.edges] == [True, False]
    factory.close()


def test_an_input_is_read_from_the_world(served: Served) -> None:
    factory = open_pin_factory("world")
    contact = factory.pin(23)
    contact.input_with_pull("up")
    assert not contact.state
    factory.close()


def test_what_makes_no_sense_ends_its_own_connection_and_no_other(served: Served) -> None:
    for nonsense in (b'{"op":"pin_write","pin":"17","level":true}', b'{"op":"pin_read","pin":true}'):
        with Client(str(served.path), family="AF_UNIX") as line:
            line.send_bytes(nonsense)
            with pytest.raises(EOFError):
                line.recv_bytes()
    assert eeprom_word(served.name) == UNIT.eeprom()[0]
    assert served.scenery.pins.edges == []


def test_a_world_that_is_gone_is_unavailable_with_its_path(served: Served, tmp_path: Path) -> None:
    camera = open_camera(f"world:{tmp_path / 'nobody.sock'}", lambda: 0.0)
    with pytest.raises(DeviceUnavailable, match=r"nobody\.sock does not answer"):
        camera.open()
    factory = open_pin_factory("world")
    pin = factory.pin(17)
    pin.output_with_state(False)
    served.server.close()
    with pytest.raises(DeviceUnavailable, match="does not answer"):
        pin.state = True


def test_a_closed_world_leaves_no_thread_behind(tmp_path: Path) -> None:
    before = active_count()
    served = Served(tmp_path / "world.sock")
    served.server.start()
    camera = open_camera(served.name, lambda: 0.0)
    camera.open()
    served.server.close()
    served.server.close()
    assert active_count() == before
    camera.close()
