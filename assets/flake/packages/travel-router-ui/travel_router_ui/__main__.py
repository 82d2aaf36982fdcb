"""The web page of the travel router.

    travel-router-ui SETTINGS

SETTINGS is a JSON file, described in settings.py. The listening socket comes from systemd (LISTEN_FDS);
without it, as in tests, `listen` of the settings says where. The hash of the password is the credential
"password-hash" (CREDENTIALS_DIRECTORY). The program keeps no state but the passphrase file.
"""

import sys

from server import serve
from settings import Settings


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: travel-router-ui SETTINGS", file=sys.stderr)
        return 2
    try:
        settings = Settings.load(sys.argv[1])
    except (OSError, ValueError) as error:
        print(f"read the settings {sys.argv[1]}: {error}", file=sys.stderr)
        return 2
    serve(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
