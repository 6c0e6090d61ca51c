"""pymodbus' own server, on loopback or at the other end of a pty; it records what was written."""

import asyncio
import os
import pty
import select
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pymodbus import FramerType
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

COILS, REGISTERS = 8, 4


class ModbusDevice:
    """Eight coils and four holding registers, unit 1.

    `written`: (function code, address, value) in order. `refuses`: writes get this exception.
    `ignores`: writes are acknowledged and do nothing.
    """

    def __init__(self) -> None:
        self.written: list[tuple[int, int, int]] = []
        self.refuses: ExcCodes | None = None
        self.ignores = False
        self._changed = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wait_for(self, condition: Callable[[], bool], within: float = 20.0) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, within)

    async def act(
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        current: list[int],
        values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        if values is None:
            return None
        if self.refuses is not None:
            return self.refuses
        with self._changed:
            self.written.append((function, address, int(values[0])))
            self._changed.notify_all()
        if self.ignores:
            values[0] = current[address - start]
        return None

    def described(self) -> SimDevice:
        nothing = [SimData(100, datatype=DataType.BITS)]
        return SimDevice(
            id=1,
            simdata=(
                [SimData(0, values=[False] * COILS, datatype=DataType.BITS)],
                nothing,
                [SimData(0, count=REGISTERS, values=0, datatype=DataType.REGISTERS)],
                [SimData(100, datatype=DataType.REGISTERS)],
            ),
            action=self.act,
        )


@contextmanager
def tcp_server(device: ModbusDevice) -> Iterator[int]:
    """Serve over TCP on loopback; the value is the port."""

    def make() -> ModbusTcpServer:
        return ModbusTcpServer(device.described(), address=("127.0.0.1", 0))

    with _serving(make) as server:
        assert server.transport is not None
        yield server.transport.sockets[0].getsockname()[1]


@contextmanager
def rtu_server(device: ModbusDevice) -> Iterator[str]:
    """Serve RTU on a serial line made of two ptys; the value is the client's port."""
    masters, slaves = zip(*(pty.openpty() for _ in range(2)), strict=True)
    for slave in slaves:
        tty.setraw(slave)
    wake, woken = os.pipe()
    cable = threading.Thread(target=_join, args=(masters, wake), name="serial cable")
    cable.start()

    def make() -> ModbusSerialServer:
        return ModbusSerialServer(
            device.described(), framer=FramerType.RTU, port=os.ttyname(slaves[1]), baudrate=9600
        )

    try:
        with _serving(make):
            yield os.ttyname(slaves[0])
    finally:
        os.write(woken, b"x")
        cable.join()
        for handle in (*masters, *slaves, wake, woken):
            os.close(handle)


def _join(masters: tuple[int, int], wake: int) -> None:
    others = {masters[0]: masters[1], masters[1]: masters[0]}
    while True:
        ready, _, _ = select.select([*masters, wake], [], [])
        if wake in ready:
            return
        for handle in ready:
            os.write(others[handle], os.read(handle, 256))


@contextmanager
def _serving(
    make: Callable[[], ModbusTcpServer | ModbusSerialServer],
) -> Iterator[ModbusTcpServer | ModbusSerialServer]:
    started = threading.Event()
    servers: list[ModbusTcpServer | ModbusSerialServer] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        server = make()
        await server.serve_forever(background=True)
        servers.append(server)
        loops.append(asyncio.get_running_loop())
        stop = asyncio.Event()
        stops.append(stop)
        started.set()
        await stop.wait()
        await server.shutdown()

    stops: list[asyncio.Event] = []
    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="modbus server")
    thread.start()
    assert started.wait(20)
    try:
        yield servers[0]
    finally:
        loops[0].call_soon_threadsafe(stops[0].set)
        thread.join()
