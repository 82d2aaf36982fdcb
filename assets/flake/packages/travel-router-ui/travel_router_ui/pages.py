"""The pages as HTML.

There is one rule: every string that did not come from this file goes through `e`. The pages have no script
at all and no style of their own, so that the content security policy can forbid both.
"""

import html

from network import Client, Device, Network
from sessions import Session

TABS = [
    ("/", "Status"),
    ("/wifi", "Wi-Fi"),
    ("/hotspot", "Hotspot"),
    ("/vpn", "VPN"),
    ("/clients", "Clients"),
    ("/reboot", "Reboot"),
]

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 0 auto; padding: 0 1rem 3rem; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 1rem 0; border-bottom: 1px solid; }
nav a[aria-current] { font-weight: bold; text-decoration: none; }
nav form { margin-left: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid #8886; overflow-wrap: anywhere; }
label { display: block; margin: .8rem 0; }
input, select, textarea, button { font: inherit; padding: .4rem .6rem; }
label input, label select, textarea { display: block; width: 100%; box-sizing: border-box; }
textarea { min-height: 12rem; font-family: monospace; }
.message { padding: .6rem 1rem; border-left: .4rem solid #2a7; background: #2a72; }
.error { border-color: #c33; background: #c332; }
.warning { border-color: #c80; background: #c802; }
"""


def e(value: object) -> str:
    return html.escape(str(value), quote=True)


def page(title: str, body: str, session: Session, here: str | None = None) -> str:
    message = session.take_message()
    shown = f'<p class="message {e(message[0])}" role="status">{e(message[1])}</p>' if message else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{e(title)} - travel router</title>"
        '<link rel="stylesheet" href="/style.css"></head><body>'
        f"{_navigation(session, here) if session.signed_in else ''}"
        f"<main><h1>{e(title)}</h1>{shown}{body}</main></body></html>\n"
    )


def form(session: Session, action: str, inside: str, button: str) -> str:
    return (
        f'<form method="post" action="{e(action)}">'
        f'<input type="hidden" name="token" value="{e(session.token)}">'
        f'{inside}<button type="submit">{e(button)}</button></form>'
    )


def _navigation(session: Session, here: str | None) -> str:
    current = ' aria-current="page"'
    links = "".join(
        f'<a href="{e(path)}"{current if path == here else ""}>{e(name)}</a>' for path, name in TABS
    )
    return f"<nav>{links}{form(session, '/logout', '', 'Sign out')}</nav>"


def _table(head: list[str], rows: list[list[str]], empty: str) -> str:
    """Rows of HTML: their cells are escaped already."""
    if not rows:
        return f"<p>{e(empty)}</p>"
    headings = "".join(f'<th scope="col">{e(h)}</th>' for h in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{headings}</tr></thead><tbody>{lines}</tbody></table>"


def login(session: Session, next_path: str) -> str:
    inside = (
        f'<input type="hidden" name="next" value="{e(next_path)}">'
        '<label>Password<input type="password" name="password" autocomplete="current-password" '
        "required autofocus></label>"
    )
    return page("Sign in", form(session, "/login", inside, "Sign in"), session)


def status(session: Session, connectivity: str, devices: list[Device], hotspot: bool, tunnel: str) -> str:
    words = {
        "full": "The internet can be reached.",
        "portal": "The network outside shows a login page. Open it from Wi-Fi.",
        "limited": "There is a connection, but the internet cannot be reached.",
        "none": "There is no connection.",
    }
    rows = [[e(d.name), e(d.kind), e(d.state), e(d.connection)] for d in devices]
    body = (
        f"<p>{e(words.get(connectivity, 'Whether the internet can be reached is not known.'))}</p>"
        f"<p>The hotspot is {'on' if hotspot else 'off'}. {e(tunnel)}</p>"
        + _table(["Interface", "Kind", "State", "Connection"], rows, "No interfaces.")
    )
    return page("Status", body, session, "/")


def wifi(session: Session, radios: list[str], radio: str | None, networks: list[Network], portal: bool) -> str:
    if radio is None:
        body = "<p>No radio is free to join a network. The hotspot's own radio cannot do both.</p>"
        return page("Wi-Fi", body, session, "/wifi")
    rows = []
    for network in networks:
        inside = (
            f'<input type="hidden" name="radio" value="{e(radio)}">'
            f'<input type="hidden" name="ssid" value="{e(network.ssid)}">'
        )
        if network.security not in ("", "--") and "OWE" not in network.security:
            inside += (
                f'<input type="password" name="passphrase" aria-label="Passphrase of {e(network.ssid)}" '
                'autocomplete="off">'
            )
        join = "connected" if network.in_use else form(session, "/wifi/join", inside, "Join")
        rows.append([e(network.ssid), f"{e(network.signal)} %", e(network.security or "open"), join])
    others = "".join(
        f' <a href="/wifi?radio={e(name)}">{e(name)}</a>' for name in radios if name != radio
    )
    hidden = (
        f'<input type="hidden" name="radio" value="{e(radio)}">'
        '<label>Name<input name="ssid" maxlength="32" autocomplete="off" required></label>'
        '<label>Passphrase<input type="password" name="passphrase" autocomplete="off"></label>'
    )
    body = (
        f"<p>Radio {e(radio)}.{' Others:' + others if others else ''}</p>"
        + form(session, "/wifi/scan", f'<input type="hidden" name="radio" value="{e(radio)}">', "Search again")
        + _table(["Name", "Signal", "Protection", ""], rows, "No networks were found.")
        + "<h2>A network that does not show its name</h2>"
        + form(session, "/wifi/join", hidden, "Join")
    )
    if portal:
        body += (
            "<h2>Login page of a hotel or train</h2><p>For ten minutes everything goes out without the "
            "tunnel: open any http:// page on your device, sign in there, and come back.</p>"
            + form(session, "/portal", "", "Open for ten minutes")
        )
    return page("Wi-Fi", body, session, "/wifi")


def hotspot(session: Session, name: str, on: bool, may_change_passphrase: bool) -> str:
    state = "on" if on else "off"
    inside = f'<label>Name<input name="ssid" value="{e(name)}" maxlength="32" required></label>'
    if may_change_passphrase:
        inside += (
            '<label>New passphrase (empty: as it is)<input type="password" name="passphrase" '
            'minlength="8" maxlength="64" autocomplete="new-password"></label>'
        )
    body = (
        f"<p>The hotspot is {state}.</p>"
        '<p class="message warning">Whoever is connected through the hotspot, this browser too, loses the '
        "connection when it changes.</p>"
        + form(session, "/hotspot/switch", _hidden("on", "no" if on else "yes"), "Switch off" if on else "Switch on")
        + "<h2>Name and passphrase</h2>"
        + form(session, "/hotspot/change", inside, "Change")
    )
    return page("Hotspot", body, session, "/hotspot")


def vpn(session: Session, wanted: bool, exists: bool, on: bool, may_load: bool) -> str:
    if not wanted:
        body = "<p>This router has no tunnel. It is chosen in the configuration of the system.</p>"
        return page("VPN", body, session, "/vpn")
    if exists:
        body = f"<p>The tunnel is {'up' if on else 'down'}.</p>" + form(
            session, "/vpn/switch", _hidden("on", "no" if on else "yes"), "Take down" if on else "Bring up"
        )
    else:
        body = "<p>No tunnel is loaded yet.</p>"
    if not on:
        body += '<p class="message warning">While the tunnel is down, clients reach nothing outside.</p>'
    if may_load:
        inside = (
            "<label>WireGuard configuration, as the provider gives it"
            '<textarea name="configuration" spellcheck="false" autocomplete="off" required></textarea></label>'
        )
        body += "<h2>Load a tunnel</h2>" + form(session, "/vpn/load", inside, "Load")
    return page("VPN", body, session, "/vpn")


def clients(session: Session, found: list[Client]) -> str:
    rows = [[e(c.name or "unknown"), e(c.address), e(c.hardware)] for c in found]
    body = _table(["Name", "Address", "Hardware"], rows, "Nobody has asked for an address.")
    return page("Clients", body, session, "/clients")


def reboot(session: Session) -> str:
    body = "<p>Everybody loses the connection for about a minute.</p>" + form(
        session, "/reboot", "", "Reboot now"
    )
    return page("Reboot", body, session, "/reboot")


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{e(name)}" value="{e(value)}">'
