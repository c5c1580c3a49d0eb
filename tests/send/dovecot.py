"""A real Dovecot on loopback: TLS with a certificate of the test's own authority, any account, one password."""

from __future__ import annotations

import contextlib
import grp
import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
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
auth_mechanisms = plain external
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
service anvil {{
  chroot =
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
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%n
}}
"""


@dataclass(frozen=True)
class Dovecot:
    port: int  # STARTTLS
    tls_port: int
    ca_file: Path
    log: Path

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
    process = subprocess.Popen([program, "-F", "-c", str(config)], stdin=subprocess.DEVNULL)
    try:
        _wait_for(tls_port, process, home / "dovecot.log")
        yield Dovecot(port, tls_port, pki.ca_file, home / "dovecot.log")
    finally:
        process.terminate()
        process.wait(timeout=20)
        shutil.rmtree(home)


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
