"""The configuration files of Janus, the media server of visits with many people. ``manage run_janus`` writes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROGRAM_PARTS = Path("/usr/lib/x86_64-linux-gnu/janus")
PLUGIN = "libjanus_videoroom.so"
TRANSPORT = "libjanus_http.so"
SESSION_SECONDS = 60  # a session of a browser whose stream has gone ends by itself
PORTS = (20000, 20999)


@dataclass(frozen=True)
class JanusOptions:
    """What differs between installations. ``address`` carries media; the interface for the application is loopback."""

    address: str
    api_port: int
    api_secret: str
    room_secret: str
    external_address: str = ""
    port_range: tuple[int, int] = PORTS
    parts: Path = PROGRAM_PARTS


def _section(name: str, values: dict[str, str | int | bool]) -> str:
    lines = [f"\t{key} = {_value(value)}" for key, value in values.items()]
    return "\n".join([f"{name}: {{", *lines, "}", ""])


def _value(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else f'"{value}"'


def _others(directory: Path, kept: str) -> str:
    """Return every loadable part in a directory but one, as Janus wants to be told what not to load."""
    return ",".join(sorted(path.name for path in directory.glob("*.so") if path.name != kept))


def janus_configuration(options: JanusOptions) -> dict[str, str]:
    """Return the text of each configuration file: one plugin, one transport on loopback, nothing for administrators."""
    return {
        "janus.jcfg": "".join(_sections(options)),
        "janus.transport.http.jcfg": _section(
            "general",
            {
                "json": "compact",
                "base_path": "/janus",
                "http": True,
                "ip": "127.0.0.1",
                "port": options.api_port,
                "https": False,
            },
        )
        + _section("admin", {"admin_http": False, "admin_https": False}),
        "janus.plugin.videoroom.jcfg": _section(
            "general", {"admin_key": options.room_secret, "string_ids": True}
        ),
    }


def _sections(options: JanusOptions) -> Iterable[str]:
    parts = options.parts
    yield _section(
        "general",
        {
            "plugins_folder": str(parts / "plugins"),
            "transports_folder": str(parts / "transports"),
            "events_folder": str(parts / "events"),
            "loggers_folder": str(parts / "loggers"),
            "debug_level": 3,
            "debug_timestamps": True,
            "api_secret": options.api_secret,
            "hide_dependencies": True,
            "session_timeout": SESSION_SECONDS,
            "server_name": "hearthline",
        },
    )
    first, last = options.port_range
    yield _section("media", {"rtp_port_range": f"{first}-{last}", "ipv6": False})
    nat: dict[str, str | int | bool] = {
        "ice_enforce_list": options.address,
        "full_trickle": False,
        "ignore_mdns": True,
    }
    if options.external_address:
        nat["nat_1_1_mapping"] = options.external_address
    yield _section("nat", nat)
    yield _section("plugins", {"disable": _others(parts / "plugins", PLUGIN)})
    yield _section("transports", {"disable": _others(parts / "transports", TRANSPORT)})
    yield _section("loggers", {"disable": _others(parts / "loggers", "")})
    yield _section("events", {"broadcast": False, "disable": _others(parts / "events", "")})
