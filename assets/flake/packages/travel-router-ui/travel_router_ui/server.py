"""HTTP: who may ask what, and the headers that keep a browser from being tricked.

A request goes through these doors, in this order: a name that is ours (no DNS rebinding), a known path and
method, for POST a body of bounded size and the token of the session, and a session that is signed in for
everything but the sign-in page.
"""

import http.cookies
import http.server
import os
import socket
import ssl
import threading
import urllib.parse

import pages
from actions import Actions, Answer
from passwords import Checker, Guard
from sessions import Session, Sessions
from settings import Settings

LARGEST_BODY = 32 * 1024
CONNECTIONS = 32
SLOWEST = 20  # seconds without a byte, then a connection is closed

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": browsers then send their own forms with the origin "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = SLOWEST
    server: "Server"

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(SLOWEST)
        # In this thread, so that a client that never finishes its handshake holds up itself alone.
        if isinstance(self.connection, ssl.SSLSocket):
            self.connection.do_handshake()

    def do_GET(self) -> None:
        self._guarded("GET")

    def do_HEAD(self) -> None:
        self._guarded("GET")

    def do_POST(self) -> None:
        self._guarded("POST")

    def _guarded(self, method: str) -> None:
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query, max_num_fields=20)
        if not self._host_is_ours():
            self._plain(421, "this page is not known by that name")
            return
        if (method, url.path) == ("GET", "/style.css"):
            self._send(200, pages.STYLE, "text/css; charset=utf-8")
            return

        found = self.server.sessions.find(self._cookie())
        if method == "POST":
            form = self._form()
            if form is None:
                return
            origin = self.headers.get("Origin")
            same_origin = origin is None or urllib.parse.urlsplit(origin).netloc == self.headers.get("Host")
            if found is None or not same_origin or not found.token_matches(form.get("token", "")):
                self.close_connection = True
                self._plain(403, "the form is too old or not from this page; go back, reload and try again")
                return
        else:
            form = {}
        session = found or self.server.sessions.create(signed_in=False)
        self._dispatch(method, url.path, query, form, session)

    def _dispatch(self, method: str, path: str, query: dict, form: dict, session: Session) -> None:
        actions = self.server.actions
        if path == "/login":
            answer = (
                actions.sign_in(session, form, self.client_address[0])
                if method == "POST"
                else Answer.html(pages.login(session, "/"))
            )
        elif (method, path) not in actions.routes:
            answer = Answer(404, "there is no such page", "text/plain; charset=utf-8")
        elif not session.signed_in:
            answer = Answer.html(pages.login(session, path), 200 if method == "GET" else 403)
        else:
            answer = actions.run(method, path, session, query, form)
        self._answer(answer, answer.session or session)

    # Reading the request.

    def _host_is_ours(self) -> bool:
        host = self.headers.get("Host", "")
        name = urllib.parse.urlsplit(f"//{host}").hostname or ""
        return name in self.server.settings.hosts

    def _cookie(self) -> str | None:
        try:
            cookies = http.cookies.SimpleCookie(self.headers.get("Cookie", ""))
        except http.cookies.CookieError:
            return None
        found = cookies.get(self.server.cookie_name)
        return found.value if found else None

    def _form(self) -> dict[str, str] | None:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdecimal() or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            self._plain(411, "the length of the form is missing")
            return None
        if int(length) > LARGEST_BODY:
            self.close_connection = True
            self._plain(413, "the form is too large")
            return None
        body = self.rfile.read(int(length))
        if self.headers.get_content_type() != "application/x-www-form-urlencoded":
            self._plain(415, "only forms are understood")
            return None
        try:
            pairs = urllib.parse.parse_qsl(
                body.decode("utf-8"), keep_blank_values=True, max_num_fields=20, errors="strict"
            )
        except ValueError:
            self._plain(400, "the form cannot be read")
            return None
        return dict(pairs)

    # Writing the answer.

    def _answer(self, answer: Answer, session: Session) -> None:
        self.send_response(answer.code)
        cookie = f"{self.server.cookie_name}={session.key}; Path=/; HttpOnly; SameSite=Strict"
        self.send_header("Set-Cookie", cookie + ("; Secure" if self.server.settings.secure else ""))
        if answer.location:
            self.send_header("Location", answer.location)
        if answer.retry_after:
            self.send_header("Retry-After", str(answer.retry_after))
        self._body(answer.body, answer.content_type)

    def _plain(self, code: int, text: str) -> None:
        self._send(code, text + "\n", "text/plain; charset=utf-8")

    def _send(self, code: int, body: str, content_type: str) -> None:
        self.send_response(code)
        self._body(body, content_type)

    def _body(self, body: str, content_type: str) -> None:
        data = body.encode("utf-8", "replace")
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def send_error(self, code, message=None, explain=None) -> None:
        """What http.server says by itself (a broken request line): plain text, without an echo."""
        self.close_connection = True
        # What was understood so far may be no version at all; the answer has one.
        self.request_version = self.protocol_version
        self._plain(int(code), "the request cannot be understood")

    def version_string(self) -> str:
        return "travel-router"

    def log_message(self, format: str, *args) -> None:
        """Requests are not logged: who looked at what is nobody's business."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, settings: Settings):
        self.settings = settings
        # A cookie with this prefix is taken by browsers only from this very host, over HTTPS.
        self.cookie_name = "__Host-session" if settings.secure else "session"
        self.sessions = Sessions()
        self.actions = Actions(
            settings, self.sessions, Checker(settings.libcrypt), Guard(settings.lockoutSeconds)
        )
        self._free = threading.BoundedSemaphore(CONNECTIONS)
        self._tls = None
        if settings.certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
            self._tls.load_cert_chain(settings.certificate, settings.certificateKey)
        inherited = os.environ.get("LISTEN_FDS") == "1"
        address = ("", 0) if inherited else _address(settings.listen or "127.0.0.1:0")
        super().__init__(address, Handler, bind_and_activate=not inherited)
        if inherited:
            self.socket.close()
            self.socket = socket.socket(fileno=3)

    def server_bind(self) -> None:
        # HTTPServer would look up our own name, over the network.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def get_request(self):
        connection, address = super().get_request()
        if self._tls is not None:
            connection = self._tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def process_request(self, request, client_address) -> None:
        # More at once than a household has: the rest is turned away instead of filling the memory.
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request, client_address) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request, client_address) -> None:
        """A connection that broke off, or a handshake that failed: nothing to tell."""


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def serve(settings: Settings) -> None:
    server = Server(settings)
    if settings.listen is not None:
        host, port = server.server_address[:2]
        print(f"listening on {host}:{port}", flush=True)
    server.serve_forever()
