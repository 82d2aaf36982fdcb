"""Puts the password of the web page into qBittorrent's settings before it starts.

The only argument is the settings file, which the service has just written. The password is read from the
credential "apiKey", so that it is in no argument list and not in the store. qBittorrent keeps it as
PBKDF2-HMAC-SHA512 with 100000 rounds and a salt of 16 bytes, both in base64.
"""

import base64
import hashlib
import os
import pathlib
import sys

ROUNDS = 100_000


def password_line(password: bytes, salt: bytes) -> str:
    key = hashlib.pbkdf2_hmac("sha512", password, salt, ROUNDS)
    salt64 = base64.b64encode(salt).decode()
    key64 = base64.b64encode(key).decode()
    return f'WebUI\\Password_PBKDF2="@ByteArray({salt64}:{key64})"'


def with_password(settings: str, line: str) -> str:
    """The settings with the line in [Preferences], in place of an old one."""
    kept = [
        old
        for old in settings.splitlines()
        if not old.startswith("WebUI\\Password_PBKDF2=")
    ]
    if "[Preferences]" not in kept:
        kept += ["", "[Preferences]"]
    kept.insert(kept.index("[Preferences]") + 1, line)
    return "\n".join(kept) + "\n"


def main() -> None:
    settings = pathlib.Path(sys.argv[1])
    credential = pathlib.Path(os.environ["CREDENTIALS_DIRECTORY"], "apiKey")
    line = password_line(credential.read_bytes().strip(), os.urandom(16))
    settings.write_text(with_password(settings.read_text(), line))


if __name__ == "__main__":
    main()
