"""What the page asks of the system, through nmcli and systemctl.

Commands are argument lists, never shell strings. What a person typed stands only where nmcli expects a
value. Passphrases go to nmcli's standard input, in the format of its passwd-file, so that no other process
can read them in an argument list.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from settings import Settings

# nmcli waits for a connection to come up; the browser waits with it.
TIMEOUT = 45
PASSPHRASE = re.compile(r"[ -~]{8,63}|[0-9A-Fa-f]{64}")
WIREGUARD_KEYS = {
    "interface": {"privatekey", "address", "dns", "mtu", "listenport"},
    "peer": {"publickey", "presharedkey", "allowedips", "endpoint", "persistentkeepalive"},
}


class Refused(Exception):
    """What was typed cannot be done; the text is for the person."""


class Failed(Exception):
    """A command did not do it; the text is the last line it wrote."""


@dataclasses.dataclass(frozen=True)
class Device:
    name: str
    kind: str
    state: str
    connection: str


@dataclasses.dataclass(frozen=True)
class Network:
    ssid: str
    signal: int
    security: str
    in_use: bool


@dataclasses.dataclass(frozen=True)
class Client:
    address: str
    hardware: str
    name: str


def fields_of(line: str) -> list[str]:
    """One line of `nmcli --terse`: fields between colons, with backslashes before colons and backslashes."""
    fields, current, escaped = [], "", False
    for character in line:
        if escaped:
            current, escaped = current + character, False
        elif character == "\\":
            escaped = True
        elif character == ":":
            fields.append(current)
            current = ""
        else:
            current += character
    return fields + [current]


def passwd_file(setting: str, value: str) -> bytes:
    """A line of nmcli's passwd-file. All but letters and digits as octal escapes: nothing can be mistaken."""
    escaped = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):03o}" for c in value)
    return f"{setting}:{escaped}\n".encode("ascii")


def check_ssid(ssid: str) -> str:
    if not 1 <= len(ssid.encode("utf-8", "replace")) <= 32 or not ssid.isprintable():
        raise Refused("the name of a network has 1 to 32 bytes and no control characters")
    return ssid


def check_passphrase(passphrase: str) -> str:
    if not PASSPHRASE.fullmatch(passphrase):
        raise Refused("a passphrase has 8 to 63 characters of ASCII, or 64 hexadecimal digits")
    return passphrase


def check_wireguard(text: str) -> str:
    """A WireGuard configuration with the keys that describe a tunnel, and none that run commands."""
    section, found = "", set()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip().lower()
            if section not in WIREGUARD_KEYS:
                raise Refused(f"line {number}: a tunnel has the sections Interface and Peer only")
            continue
        key, equals, value = line.partition("=")
        key = key.strip().lower()
        if not equals or not value.strip() or key not in WIREGUARD_KEYS.get(section, set()):
            raise Refused(f"line {number}: not a setting of a tunnel")
        found.add((section, key))
    for needed in [("interface", "privatekey"), ("peer", "publickey"), ("peer", "endpoint")]:
        if needed not in found:
            raise Refused(f"the configuration has no {needed[1]} in its section {needed[0]}")
    return text


class System:
    def __init__(self, settings: Settings):
        self.settings = settings

    # Reading.

    def connectivity(self) -> str:
        return self._nmcli("--terse", "--fields", "CONNECTIVITY", "general", "status").strip()

    def devices(self) -> list[Device]:
        lines = self._terse("DEVICE,TYPE,STATE,CONNECTION", "device", "status")
        return [Device(*fields) for fields in lines if len(fields) == 4 and fields[0] != "lo"]

    def client_radios(self) -> list[str]:
        """Radios that can join a network: all but the access point's, and the chosen uplink alone if one is."""
        settings = self.settings
        radios = [d.name for d in self.devices() if d.kind == "wifi" and d.name != settings.apInterface]
        if settings.uplinkInterface is not None:
            radios = [name for name in radios if name == settings.uplinkInterface]
        return radios

    def networks(self, radio: str, rescan: bool) -> list[Network]:
        lines = self._terse(
            "IN-USE,SSID,SIGNAL,SECURITY",
            *("device", "wifi", "list", "ifname", radio, "--rescan", "yes" if rescan else "no"),
        )
        best: dict[str, Network] = {}
        for fields in lines:
            if len(fields) != 4 or not fields[1]:
                continue
            signal = int(fields[2]) if fields[2].isdecimal() else 0
            network = Network(fields[1], signal, fields[3], fields[0] == "*")
            known = best.get(network.ssid)
            # One line a name: the cell in use, else the strongest.
            if known is None or (network.in_use, signal) > (known.in_use, known.signal):
                best[network.ssid] = network
        return sorted(best.values(), key=lambda n: (not n.in_use, -n.signal, n.ssid))

    def active(self, connection: str) -> bool:
        lines = self._terse("NAME", "connection", "show", "--active")
        return [connection] in lines

    def exists(self, connection: str) -> bool:
        return [connection] in self._terse("NAME", "connection", "show")

    def hotspot_name(self) -> str:
        return self._nmcli(
            *("--get-values", "802-11-wireless.ssid", "--escape", "no"),
            *("connection", "show", "id", self.settings.hotspotConnection),
        ).rstrip("\n")

    def clients(self) -> list[Client]:
        try:
            text = pathlib.Path(self.settings.leasesFile).read_text("utf-8", "replace")
        except FileNotFoundError:
            return []
        # expiry, hardware address, address, name or "*", client id
        leases = [line.split(" ") for line in text.splitlines()]
        return [Client(f[2], f[1], "" if f[3] == "*" else f[3]) for f in leases if len(f) == 5]

    # Changing.

    def join(self, radio: str, ssid: str, passphrase: str) -> None:
        """Joins a network. A profile that does not come up is removed again."""
        if radio not in self.client_radios():
            raise Refused("there is no such radio to join a network with")
        check_ssid(ssid)
        known = next((n for n in self.networks(radio, False) if n.ssid == ssid), None)
        security = known.security if known is not None else ("WPA2" if passphrase else "")
        profile = f"wifi {ssid}"
        add = ["connection", "add", "type", "wifi", "ifname", radio, "con-name", profile, "ssid", ssid]
        if known is None:
            add += ["802-11-wireless.hidden", "yes"]
        if "802.1X" in security:
            raise Refused("this network asks for a user name (802.1X), which this page cannot give")
        if security in ("", "--"):
            secret = None
        elif "OWE" in security:
            add += ["802-11-wireless-security.key-mgmt", "owe"]
            secret = None
        elif "WPA" in security:
            only_wpa3 = "WPA3" in security and "WPA2" not in security and "WPA1" not in security
            add += ["802-11-wireless-security.key-mgmt", "sae" if only_wpa3 else "wpa-psk"]
            secret = passwd_file("802-11-wireless-security.psk", check_passphrase(passphrase))
        else:
            raise Refused("this network uses a protection that was broken long ago (WEP)")

        if self.exists(profile):
            self._nmcli("connection", "delete", "id", profile)
        self._nmcli(*add)
        try:
            self._up(profile, secret)
        except Failed:
            self._nmcli("connection", "delete", "id", profile)
            raise

    def switch(self, connection: str, on: bool) -> None:
        if on:
            self._up(connection, None)
        else:
            self._nmcli("connection", "down", "id", connection)

    def change_hotspot(self, ssid: str, passphrase: str) -> None:
        """Another name, another passphrase, or both; the access point starts again with them."""
        check_ssid(ssid)
        if passphrase:
            if self.settings.passphraseFile is None:
                raise Refused("the passphrase is part of the system's configuration; change it there")
            self._write_passphrase(check_passphrase(passphrase))
        connection = self.settings.hotspotConnection
        self._nmcli("connection", "modify", "id", connection, "802-11-wireless.ssid", ssid)
        self._up(connection, None)

    def load_tunnel(self, text: str) -> None:
        """Puts a provider's configuration in the place of the tunnel that was there."""
        connection = self.settings.vpnConnection
        if connection is None or self.settings.vpnIsDeclared:
            raise Refused("the tunnel is part of the system's configuration; change it there")
        check_wireguard(text)
        # nmcli reads a file, and names connection and interface after it.
        folder = tempfile.mkdtemp(dir=os.environ.get("RUNTIME_DIRECTORY"))
        try:
            path = pathlib.Path(folder, f"{connection}.conf")
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
            if self.exists(connection):
                self._nmcli("connection", "delete", "id", connection)
            self._nmcli("connection", "import", "type", "wireguard", "file", str(path))
        finally:
            shutil.rmtree(folder)
        # Names are asked for in the tunnel alone; IPv6 of clients does not exist.
        self._nmcli(
            *("connection", "modify", "id", connection, "connection.autoconnect", "yes"),
            *("ipv4.dns-priority", "-50", "ipv6.method", "disabled"),
        )

    def open_portal(self) -> None:
        self._run([self.settings.systemctl, "start", self.settings.portalUnit])

    def reboot(self) -> None:
        self._run([self.settings.systemctl, "reboot"])

    # Running.

    def _up(self, connection: str, secret: bytes | None) -> None:
        command = ["connection", "up", "id", connection]
        if secret is not None:
            command += ["passwd-file", "/dev/stdin"]
        self._nmcli(*command, stdin=secret)

    def _write_passphrase(self, passphrase: str) -> None:
        target = pathlib.Path(self.settings.passphraseFile)
        new = target.with_name(target.name + ".new")
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        new.write_text(passphrase, encoding="ascii")
        new.replace(target)

    def _terse(self, fields: str, *arguments: str) -> list[list[str]]:
        output = self._nmcli("--terse", "--fields", fields, *arguments)
        return [fields_of(line) for line in output.splitlines() if line]

    def _nmcli(self, *arguments: str, stdin: bytes | None = None) -> str:
        return self._run([self.settings.nmcli, *arguments], stdin)

    def _run(self, command: list[str], stdin: bytes | None = None) -> str:
        name = pathlib.Path(command[0]).name
        try:
            done = subprocess.run(
                command,
                input=stdin if stdin is not None else b"",
                capture_output=True,
                timeout=TIMEOUT,
                env={"LC_ALL": "C.UTF-8", "PATH": os.environ.get("PATH", "")},
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"{name} did not answer within {TIMEOUT} seconds") from None
        except OSError as error:
            raise Failed(f"start {name}: {error.strerror}") from None
        if done.returncode != 0:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise Failed(lines[-1] if lines else f"{name} failed with code {done.returncode}")
        return done.stdout.decode("utf-8", "replace")
