"""A pretended Bluetooth radio: BlueZ's objects on a private D-Bus, which Chromium takes for the system's own.

The whole way from the chooser to an indication is Chromium's; only the radio and the device are made up
(``docs/decisions/0006-bluetooth-devices-in-tests.md``). The bus and its loop live in a thread of their own.
"""

import asyncio
import shutil
import subprocess
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

DAEMON = "/usr/bin/dbus-daemon"
START_SECONDS = 10
RESOLVE_SECONDS = 0.05
ADAPTER = "/org/bluez/hci0"
DEVICE = f"{ADAPTER}/dev_C0_00_00_00_00_01"
ADDRESS = "C0:00:00:00:00:01"
PROPERTIES, MANAGER = "org.freedesktop.DBus.Properties", "org.freedesktop.DBus.ObjectManager"
CLIENT_CONFIGURATION = 0x2902
CONFIGURATION = """<busconfig><type>system</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/><allow user="*"/>
</policy></busconfig>"""
Interfaces = dict[str, dict[str, Variant]]


def uuid_of(short: int) -> str:
    return f"0000{short:04x}-0000-1000-8000-00805f9b34fb"


@dataclass
class Peripheral:
    """A device: its name, its service, and characteristics with their flags; ``readable`` holds values to read."""

    name: str
    service: int
    characteristics: Mapping[int, tuple[str, ...]]
    readable: Mapping[int, bytes] = field(default_factory=dict)


class Radio:
    """Answers what Chromium asks of BlueZ, and lets the device speak."""

    def __init__(self, peripheral: Peripheral) -> None:
        self.peripheral = peripheral
        self.written: list[bytes] = []
        self.listened: set[int] = set()
        self.objects: dict[str, Interfaces] = {
            "/org/bluez": {"org.bluez.AgentManager1": {}},
            ADAPTER: _adapter(),
        }
        self.loop = asyncio.new_event_loop()
        self.bus: Any = None
        self._later: set[asyncio.Task[None]] = set()

    async def serve(self, address: str) -> None:
        """Own the name that Chromium looks for."""
        self.bus = await MessageBus(bus_address=address).connect()
        self.bus.add_message_handler(self._answer)
        await self.bus.request_name("org.bluez")

    async def close(self) -> None:
        """Leave the bus."""
        self.bus.disconnect()
        await self.bus.wait_for_disconnect()
        await asyncio.sleep(RESOLVE_SECONDS)  # the socket is closed in the loop's next round

    def push(self, characteristic: int, value: str) -> None:
        """Let the device indicate a value (hexadecimal)."""
        body = {"Value": Variant("ay", bytes.fromhex(value))}
        self._in_loop(self._announce(self._path(characteristic), "org.bluez.GattCharacteristic1", body))

    def drop(self) -> None:
        """Let the device go out of reach."""
        gone = {"Connected": Variant("b", False), "ServicesResolved": Variant("b", False)}
        self._in_loop(self._announce(DEVICE, "org.bluez.Device1", gone))

    def _in_loop(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(START_SECONDS)

    def _path(self, characteristic: int) -> str:
        return f"{DEVICE}/service0001/char{characteristic:04x}"

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def _answer(self, message: Message) -> Message | bool | None:
        if (
            message.message_type is not MessageType.METHOD_CALL
            or message.destination == "org.freedesktop.DBus"
        ):
            return None
        if message.interface == MANAGER:
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [self.objects])
        if message.interface == PROPERTIES:
            return self._property(message)
        method = getattr(self, f"_on_{message.member}", None)
        return method(message) if method else Message.new_method_return(message)

    def _property(self, message: Message) -> Message:
        values = self.objects.get(message.path or "", {}).get(message.body[0], {})
        if message.member == "GetAll":
            return Message.new_method_return(message, "a{sv}", [values])
        if message.member == "Set":
            values[message.body[1]] = message.body[2]
            return Message.new_method_return(message)
        if message.body[1] not in values:
            return Message.new_error(message, "org.freedesktop.DBus.Error.InvalidArgs", "no such property")
        return Message.new_method_return(message, "v", [values[message.body[1]]])

    def _on_StartDiscovery(self, message: Message) -> Message:  # noqa: N802 - BlueZ's own names
        self._soon(self._appear())
        return Message.new_method_return(message)

    def _on_Connect(self, message: Message) -> bool:  # noqa: N802
        self._soon(self._resolve(message))
        return True

    def _on_StartNotify(self, message: Message) -> Message:  # noqa: N802
        path = message.path or ""
        self.listened.add(int(path[-4:], 16))
        self._soon(self._announce(path, "org.bluez.GattCharacteristic1", {"Notifying": Variant("b", True)}))
        return Message.new_method_return(message)

    def _on_WriteValue(self, message: Message) -> Message:  # noqa: N802
        self.written.append(bytes(message.body[0]))
        return Message.new_method_return(message)

    def _on_ReadValue(self, message: Message) -> Message:  # noqa: N802
        value = self.peripheral.readable.get(int((message.path or "")[-4:], 16), b"")
        return Message.new_method_return(message, "ay", [value])

    async def _appear(self) -> None:
        changes = {"Discovering": Variant("b", True)}
        await self._announce(ADAPTER, "org.bluez.Adapter1", changes)
        if DEVICE not in self.objects:
            await self._add(DEVICE, {"org.bluez.Device1": _device(self.peripheral)})

    async def _resolve(self, message: Message) -> None:
        # Chromium looks whether the device is connected when its call is answered: so first the news, then the answer.
        await self._announce(DEVICE, "org.bluez.Device1", {"Connected": Variant("b", True)})
        await self.bus.send(Message.new_method_return(message))
        service = f"{DEVICE}/service0001"
        if service not in self.objects:
            await self._add_services(service)
        await asyncio.sleep(RESOLVE_SECONDS)
        await self._announce(DEVICE, "org.bluez.Device1", {"ServicesResolved": Variant("b", True)})

    async def _add_services(self, service: str) -> None:
        about = {
            "UUID": Variant("s", uuid_of(self.peripheral.service)),
            "Primary": Variant("b", True),
            "Device": Variant("o", DEVICE),
            "Includes": Variant("ao", []),
        }
        await self._add(service, {"org.bluez.GattService1": about})
        for number, flags in self.peripheral.characteristics.items():
            path = self._path(number)
            part = {
                "UUID": Variant("s", uuid_of(number)),
                "Service": Variant("o", service),
                "Value": Variant("ay", b""),
                "Notifying": Variant("b", False),
                "Flags": Variant("as", list(flags)),
            }
            await self._add(path, {"org.bluez.GattCharacteristic1": part})
            descriptor = {
                "UUID": Variant("s", uuid_of(CLIENT_CONFIGURATION)),
                "Characteristic": Variant("o", path),
                "Value": Variant("ay", b""),
                "Flags": Variant("as", ["read", "write"]),
            }
            await self._add(f"{path}/desc0001", {"org.bluez.GattDescriptor1": descriptor})

    async def _add(self, path: str, interfaces: Interfaces) -> None:
        self.objects[path] = interfaces
        body = [path, interfaces]
        await self.bus.send(Message.new_signal("/", MANAGER, "InterfacesAdded", "oa{sa{sv}}", body))

    async def _announce(self, path: str, interface: str, changes: dict[str, Variant]) -> None:
        self.objects[path][interface].update(changes)
        body = [interface, changes, []]
        await self.bus.send(Message.new_signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", body))


def _adapter() -> Interfaces:
    texts = {
        "Address": "C0:00:00:00:00:00",
        "Name": "test",
        "Alias": "test",
        "Modalias": "usb:v1D6Bp0246d0542",
    }
    switches = {"Powered": True, "Discoverable": False, "Pairable": True, "Discovering": False}
    numbers = {"Class": 0, "DiscoverableTimeout": 0, "PairableTimeout": 0}
    values = {name: Variant("s", text) for name, text in texts.items()}
    values |= {name: Variant("b", is_on) for name, is_on in switches.items()}
    values |= {name: Variant("u", number) for name, number in numbers.items()}
    values |= {"UUIDs": Variant("as", []), "Roles": Variant("as", ["central"])}
    return {"org.bluez.Adapter1": values}


def _device(peripheral: Peripheral) -> dict[str, Variant]:
    texts = {"Address": ADDRESS, "AddressType": "random", "Name": peripheral.name, "Alias": peripheral.name}
    switches = ("Paired", "Bonded", "Trusted", "Blocked", "LegacyPairing", "Connected", "ServicesResolved")
    values = {name: Variant("s", text) for name, text in texts.items()}
    values |= {name: Variant("b", False) for name in switches}
    values |= {
        "UUIDs": Variant("as", [uuid_of(peripheral.service)]),
        "RSSI": Variant("n", -50),
        "Adapter": Variant("o", ADAPTER),
    }
    return values


def is_possible() -> bool:
    """Whether this machine can run a private bus."""
    return shutil.which(DAEMON) is not None


@contextmanager
def radio_with(peripheral: Peripheral, directory: Path) -> Iterator[tuple[Radio, str]]:
    """Run bus and radio; yield the radio and the bus's address for the browser's environment."""
    socket, configuration = directory / "bus", directory / "bus.conf"
    configuration.write_text(CONFIGURATION.format(socket=socket))
    daemon = subprocess.Popen(
        [DAEMON, f"--config-file={configuration}", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert daemon.stdout is not None
    daemon.stdout.readline()  # its address: from now on it answers
    radio = Radio(peripheral)
    thread = threading.Thread(target=radio.loop.run_forever, daemon=True)
    thread.start()
    try:
        address = f"unix:path={socket}"
        asyncio.run_coroutine_threadsafe(radio.serve(address), radio.loop).result(START_SECONDS)
        yield radio, address
    finally:
        asyncio.run_coroutine_threadsafe(radio.close(), radio.loop).result(START_SECONDS)
        radio.loop.call_soon_threadsafe(radio.loop.stop)
        thread.join(START_SECONDS)
        radio.loop.close()
        daemon.terminate()
        daemon.wait(START_SECONDS)
        daemon.stdout.close()
