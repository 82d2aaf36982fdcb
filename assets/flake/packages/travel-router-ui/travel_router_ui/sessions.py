"""Who is signed in. Sessions are in memory: a restart signs everybody out.

Every visitor gets a session, before signing in too, so that the login form has a token of its own. Signing
in gives a new session: one that somebody else planted is worth nothing.
"""

import dataclasses
import hmac
import secrets
import threading
import time

IDLE = 30 * 60.0
# A flood of visitors pushes out other visitors, never one who is signed in.
MOST_VISITORS = 256
MOST_SIGNED_IN = 32


@dataclasses.dataclass
class Session:
    key: str
    token: str  # stands in every form
    signed_in: bool
    used: float
    message: tuple[str, str] | None = None  # (kind, text), shown once on the next page

    def token_matches(self, token: str) -> bool:
        return hmac.compare_digest(self.token.encode(), token.encode("utf-8", "replace"))

    def take_message(self) -> tuple[str, str] | None:
        message, self.message = self.message, None
        return message


class Sessions:
    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def find(self, key: str | None) -> Session | None:
        with self._lock:
            session = self._sessions.get(key or "")
            if session is None:
                return None
            if self._clock() - session.used > IDLE:
                del self._sessions[session.key]
                return None
            session.used = self._clock()
            return session

    def create(self, signed_in: bool) -> Session:
        session = Session(
            key=secrets.token_urlsafe(32),
            token=secrets.token_urlsafe(32),
            signed_in=signed_in,
            used=self._clock(),
        )
        with self._lock:
            self._sessions[session.key] = session
            self._drop_oldest(False, MOST_VISITORS)
            self._drop_oldest(True, MOST_SIGNED_IN)
        return session

    def end(self, session: Session) -> None:
        with self._lock:
            self._sessions.pop(session.key, None)

    def _drop_oldest(self, signed_in: bool, most: int) -> None:
        of_kind = [s for s in self._sessions.values() if s.signed_in == signed_in]
        for session in sorted(of_kind, key=lambda s: s.used)[: max(0, len(of_kind) - most)]:
            del self._sessions[session.key]
