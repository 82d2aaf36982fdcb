"""Checking a password against a crypt(3) hash, and slowing down who guesses.

The hash is the one that the machine's own login uses (yescrypt), which Python cannot compute itself: the
system's libcrypt does. A check takes a noticeable part of a second, so only one runs at a time.
"""

import ctypes
import hmac
import threading
import time

# After so many wrong passwords from one address, or from all together, there is a pause. It doubles with
# each further one, up to the longest.
FREE_TRIES = 5
FREE_TRIES_TOGETHER = 20
LONGEST_PAUSE = 15 * 60.0
REMEMBERED_ADDRESSES = 512


class Checker:
    def __init__(self, library: str):
        self._lock = threading.Lock()
        self._crypt = ctypes.CDLL(library).crypt
        self._crypt.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
        self._crypt.restype = ctypes.c_char_p

    def matches(self, password: str, hashed: str) -> bool:
        """Whether the password has this hash. False for a locked account ("!", "*") and for no hash at all."""
        if not hashed.startswith("$") or "\0" in password:
            return False
        with self._lock:
            # Not reentrant: the result is in a buffer of the library, so it is copied under the lock.
            result = self._crypt(password.encode("utf-8"), hashed.encode("ascii"))
        # A setting that libcrypt does not know gives "*0" or nothing.
        if result is None or result.startswith(b"*"):
            return False
        return hmac.compare_digest(result, hashed.encode("ascii"))


class Guard:
    """Counts wrong passwords, by address and together, and says how long to wait."""

    def __init__(self, first_pause: float, clock=time.monotonic):
        self._first_pause = first_pause
        self._clock = clock
        self._lock = threading.Lock()
        self._by_address: dict[str, tuple[int, float]] = {}
        self._together = (0, 0.0)

    def begin(self, address: str) -> float:
        """Asks to try a password: 0 means go on, else the seconds to wait.

        The try counts as wrong from here on, until right() says otherwise: so a storm of requests cannot
        all begin before the first of them has failed.
        """
        with self._lock:
            now = self._clock()
            count, until = self._by_address.get(address, (0, 0.0))
            until = max(until, self._together[1])
            if until > now:
                return until - now
            # The newest at the end; the oldest is forgotten, so that a flood of addresses fills no memory.
            self._by_address.pop(address, None)
            self._by_address[address] = self._next(count, FREE_TRIES)
            while len(self._by_address) > REMEMBERED_ADDRESSES:
                del self._by_address[next(iter(self._by_address))]
            self._together = self._next(self._together[0], FREE_TRIES_TOGETHER)
            return 0.0

    def right(self, address: str) -> None:
        with self._lock:
            self._by_address.pop(address, None)
            self._together = (0, 0.0)

    def _next(self, count: int, free: int) -> tuple[int, float]:
        count += 1
        if count < free:
            return count, 0.0
        pause = min(self._first_pause * 2 ** min(count - free, 30), LONGEST_PAUSE)
        return count, self._clock() + pause
