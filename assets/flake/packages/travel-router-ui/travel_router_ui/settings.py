"""What the program is told by the system's configuration: interfaces, connections, paths.

Every interface and file that the program touches stands here; no name of any is written in the code.
"""

import dataclasses
import json
import os
import pathlib


@dataclasses.dataclass(frozen=True)
class Settings:
    address: str  # of the router in its own network
    hosts: list[str]  # names that a browser may call the page by
    apInterface: str  # the radio of the access point
    uplinkInterface: str | None  # the only way out, or None for any
    hotspotConnection: str  # id of the access point's connection
    passphraseFile: str | None  # None: declared elsewhere, not changed here
    vpnConnection: str | None  # id of the tunnel and its interface; None: no tunnel
    vpnIsDeclared: bool  # the tunnel is part of the configuration, not loaded here
    portalUnit: str
    leasesFile: str
    nmcli: str
    systemctl: str
    libcrypt: str
    certificate: str | None = None
    certificateKey: str | None = None
    listen: str | None = None  # "ADDRESS:PORT", only without a socket from systemd
    lockoutSeconds: float = 30.0  # the first pause after too many wrong passwords

    @staticmethod
    def load(path: str) -> "Settings":
        """Reads a settings file; ValueError names what is missing or unknown."""
        values = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        fields = {field.name: field for field in dataclasses.fields(Settings)}
        unknown = sorted(set(values) - set(fields))
        missing = sorted(
            name
            for name, field in fields.items()
            if name not in values and field.default is dataclasses.MISSING
        )
        if unknown or missing:
            raise ValueError(f"unknown: {unknown}, missing: {missing}")
        return Settings(**values)

    @property
    def secure(self) -> bool:
        return self.certificate is not None

    def password_hash(self) -> str:
        """The hash as crypt(3) writes it. Read anew each time: a new password counts at once."""
        folder = os.environ["CREDENTIALS_DIRECTORY"]
        return pathlib.Path(folder, "password-hash").read_text(encoding="ascii").strip()
