"""A real Dovecot on loopback: TLS with a certificate of the test's own authority, any account, one password.

An access token (XOAUTH2) is asked about at a server of ours, as RFC 7662 has it: Dovecot decides from its answer.
"""

from __future__ import annotations

import contextlib
import grp
import http.server
import imaplib
import json
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dictation.demo.pki import Pki

PASSWORD = "mot-de-passe-de-test"
CONFIG = """
base_dir = {run}
state_dir = {run}
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_ca = <{ca}
ssl_min_protocol = TLSv1.2
ssl_dh =
ssl_verify_client_cert = yes
ssl_require_crl = no
auth_mechanisms = plain external xoauth2
auth_ssl_username_from_cert = yes
ssl_cert_username_field = commonName
default_internal_user = {owner}
default_internal_group = {group}
default_login_user = {owner}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{home}/mail/%n
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  mechanisms = external
  args = nopassword
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {home}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%n
}}
"""


OAUTH2 = """
introspection_mode = post
introspection_url = {asked}
username_attribute = username
active_attribute = active
active_value = true
client_id = dovecot
client_secret = dovecot
"""


@dataclass(frozen=True)
class Dovecot:
    port: int  # STARTTLS
    tls_port: int
    ca_file: Path
    log: Path
    tokens: dict[str, str]  # access token: whose mailbox it opens

    @contextlib.contextmanager
    def as_user(self, user: str, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """The mailbox as the hospital's mail server sees it, to put messages in and to look."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        line = imaplib.IMAP4_SSL("localhost", self.tls_port, ssl_context=context, timeout=20)
        try:
            line.login(user, PASSWORD)
            line.select(folder)
            yield line
        finally:
            line.logout()

    def deliver(self, user: str, *messages: bytes, folder: str = "INBOX") -> None:
        with self.as_user(user) as line:
            if folder != "INBOX":
                line.create(folder)
            for message in messages:
                assert line.append(folder, "", "", message)[0] == "OK"

    def flags(self, user: str) -> list[bytes]:
        """The flags of every message that is there."""
        with self.as_user(user) as line:
            if not line.search(None, "ALL")[1][0]:
                return []
            return [piece for piece in line.fetch("1:*", "(FLAGS)")[1] if piece]


@contextlib.contextmanager
def dovecot(pki: Pki) -> Iterator[Dovecot]:
    home = Path(tempfile.mkdtemp(prefix="dovecot-"))  # short: the path of a local socket has 108 characters at most
    root = os.geteuid() == 0
    owner = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())  # it serves no mail as root
    group = grp.getgrgid(owner.pw_gid)
    mail = home / "mail"
    mail.mkdir()
    home.chmod(0o755)
    if root:
        os.chown(mail, owner.pw_uid, group.gr_gid)
    port, tls_port = _free_port(), _free_port()
    tokens: dict[str, str] = {}
    config = home / "dovecot.conf"
    config.write_text(
        CONFIG.format(
            run=home / "run", home=home, certificate=pki.server_certificate, key=pki.server_key, ca=pki.ca_file,
            owner=owner.pw_name, group=group.gr_name, uid=owner.pw_uid, gid=group.gr_gid, port=port, tls_port=tls_port,
            password=PASSWORD,
        )
    )  # fmt: skip
    program = shutil.which("dovecot", path="/usr/sbin:" + os.environ["PATH"])
    assert program, "dovecot-imapd is in TEST_PACKAGES"
    with _introspection(tokens) as asked:
        (home / "oauth2.conf").write_text(OAUTH2.format(asked=asked))
        process = subprocess.Popen([program, "-F", "-c", str(config)], stdin=subprocess.DEVNULL)
        try:
            _wait_for(tls_port, process, home / "dovecot.log")
            yield Dovecot(port, tls_port, pki.ca_file, home / "dovecot.log", tokens)
        finally:
            process.terminate()
            process.wait(timeout=20)
            shutil.rmtree(home)


@contextlib.contextmanager
def _introspection(tokens: dict[str, str]) -> Iterator[str]:
    """Where a resource server asks what an access token is worth (RFC 7662)."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            user = tokens.get(asked["token"][0])
            answer = json.dumps({"active": True, "username": user} if user else {"active": False}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/introspect"
        finally:
            server.shutdown()
            serving.join()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        assert process.poll() is None, log.read_text() if log.exists() else "dovecot ended"
        time.sleep(0.05)
    raise AssertionError("dovecot does not answer")
