"""What each page shows and each form does, once server.py has let a request through.

A form answers with a redirect to a page, which shows what came of it: reloading never sends it again.
"""

import dataclasses
import math

import pages
from network import Failed, Refused, System
from passwords import Checker, Guard
from sessions import Session, Sessions
from settings import Settings


@dataclasses.dataclass
class Answer:
    code: int
    body: str = ""
    content_type: str = "text/html; charset=utf-8"
    location: str | None = None
    retry_after: int | None = None
    session: Session | None = None  # a new one in place of the request's

    @staticmethod
    def html(body: str, code: int = 200) -> "Answer":
        return Answer(code, body)

    @staticmethod
    def to(path: str) -> "Answer":
        return Answer(303, location=path)


class Actions:
    def __init__(self, settings: Settings, sessions: Sessions, checker: Checker, guard: Guard):
        self._settings = settings
        self._sessions = sessions
        self._checker = checker
        self._guard = guard
        self._system = System(settings)
        self.routes = {
            ("GET", "/"): self._status,
            ("GET", "/wifi"): self._wifi,
            ("GET", "/hotspot"): self._hotspot,
            ("GET", "/vpn"): self._vpn,
            ("GET", "/clients"): self._clients,
            ("GET", "/reboot"): lambda session, query: pages.reboot(session),
            ("POST", "/logout"): self._sign_out,
            ("POST", "/wifi/scan"): self._scan,
            ("POST", "/wifi/join"): self._join,
            ("POST", "/portal"): self._portal,
            ("POST", "/hotspot/switch"): self._hotspot_switch,
            ("POST", "/hotspot/change"): self._hotspot_change,
            ("POST", "/vpn/switch"): self._vpn_switch,
            ("POST", "/vpn/load"): self._vpn_load,
            ("POST", "/reboot"): self._reboot,
        }

    def run(self, method: str, path: str, session: Session, query: dict, form: dict) -> Answer:
        action = self.routes[method, path]
        try:
            if method == "GET":
                return Answer.html(action(session, query))
            return action(session, form)
        except (Refused, Failed) as problem:
            session.message = ("error", str(problem))
        if method == "POST":
            # "/wifi/join" goes back to "/wifi"; what is no page of its own, to the status.
            parent = "/" + path.split("/")[1]
            return Answer.to(parent if ("GET", parent) in self.routes else "/")
        return Answer.html(pages.page("Not now", "", session), 502)

    def sign_in(self, session: Session, form: dict, address: str) -> Answer:
        wait = self._guard.begin(address)
        if wait > 0:
            seconds = math.ceil(wait)
            session.message = ("error", f"too many wrong passwords; try again in {seconds} seconds")
            answer = Answer.html(pages.login(session, "/"), 429)
            answer.retry_after = seconds
            return answer
        if not self._checker.matches(form.get("password", ""), self._settings.password_hash()):
            session.message = ("error", "that is not the password")
            return Answer.html(pages.login(session, form.get("next", "/")), 403)
        self._guard.right(address)
        self._sessions.end(session)
        # Only to a page of ours: a link from elsewhere must not choose where a person lands.
        path = form.get("next", "/")
        answer = Answer.to(path if ("GET", path) in self.routes else "/")
        answer.session = self._sessions.create(signed_in=True)
        return answer

    def _sign_out(self, session: Session, form: dict) -> Answer:
        self._sessions.end(session)
        answer = Answer.to("/login")
        answer.session = self._sessions.create(signed_in=False)
        return answer

    # Pages.

    def _status(self, session: Session, query: dict) -> str:
        tunnel = "There is no tunnel."
        if self._settings.vpnConnection is not None:
            up = self._system.active(self._settings.vpnConnection)
            tunnel = "The tunnel is up." if up else "The tunnel is down, and clients reach nothing outside."
        return pages.status(
            session,
            self._system.connectivity(),
            self._system.devices(),
            self._system.active(self._settings.hotspotConnection),
            tunnel,
        )

    def _wifi(self, session: Session, query: dict) -> str:
        radios = self._system.client_radios()
        asked = query.get("radio", [""])[0]
        radio = asked if asked in radios else (radios[0] if radios else None)
        networks = self._system.networks(radio, False) if radio is not None else []
        return pages.wifi(session, radios, radio, networks, self._settings.vpnConnection is not None)

    def _hotspot(self, session: Session, query: dict) -> str:
        on = self._system.active(self._settings.hotspotConnection)
        may_change = self._settings.passphraseFile is not None
        return pages.hotspot(session, self._system.hotspot_name(), on, may_change)

    def _vpn(self, session: Session, query: dict) -> str:
        connection = self._settings.vpnConnection
        if connection is None:
            return pages.vpn(session, False, False, False, False)
        return pages.vpn(
            session,
            True,
            self._system.exists(connection),
            self._system.active(connection),
            not self._settings.vpnIsDeclared,
        )

    def _clients(self, session: Session, query: dict) -> str:
        return pages.clients(session, self._system.clients())

    # Forms.

    def _scan(self, session: Session, form: dict) -> Answer:
        radios = self._system.client_radios()
        if form.get("radio") not in radios:
            raise Refused("there is no such radio")
        self._system.networks(form["radio"], True)
        return self._done(session, "/wifi", "searched for networks")

    def _join(self, session: Session, form: dict) -> Answer:
        ssid = form.get("ssid", "")
        self._system.join(form.get("radio", ""), ssid, form.get("passphrase", ""))
        return self._done(session, "/wifi", f"joined {ssid}")

    def _portal(self, session: Session, form: dict) -> Answer:
        if self._settings.vpnConnection is None:
            raise Refused("there is no tunnel to open beside")
        self._system.open_portal()
        return self._done(session, "/wifi", "open for ten minutes")

    def _hotspot_switch(self, session: Session, form: dict) -> Answer:
        on = form.get("on") == "yes"
        self._system.switch(self._settings.hotspotConnection, on)
        return self._done(session, "/hotspot", "the hotspot is on" if on else "the hotspot is off")

    def _hotspot_change(self, session: Session, form: dict) -> Answer:
        self._system.change_hotspot(form.get("ssid", ""), form.get("passphrase", ""))
        return self._done(session, "/hotspot", "the hotspot has changed; join it again")

    def _vpn_switch(self, session: Session, form: dict) -> Answer:
        if self._settings.vpnConnection is None:
            raise Refused("there is no tunnel to switch")
        on = form.get("on") == "yes"
        self._system.switch(self._settings.vpnConnection, on)
        return self._done(session, "/vpn", "the tunnel is up" if on else "the tunnel is down")

    def _vpn_load(self, session: Session, form: dict) -> Answer:
        self._system.load_tunnel(form.get("configuration", ""))
        return self._done(session, "/vpn", "the tunnel is loaded")

    def _reboot(self, session: Session, form: dict) -> Answer:
        self._system.reboot()
        return self._done(session, "/", "the router starts again")

    @staticmethod
    def _done(session: Session, path: str, message: str) -> Answer:
        session.message = ("done", message)
        return Answer.to(path)
