"""A real Postfix on loopback, for `make faults`: TLS required, our certificate required, mail laid in a Maildir.

Its master runs as root, as everywhere; so it is no part of `make test`.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dictation.demo.pki import Pki

MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = localhost
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = {home}/mail.log
maillog_file_prefixes = {home}
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_CAfile = {ca}
smtpd_tls_ask_ccert = yes
smtpd_tls_req_ccert = yes
smtpd_tls_mandatory_protocols = >=TLSv1.2
message_size_limit = {size_limit}
virtual_mailbox_domains = medecin.example
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_recipient_restrictions =
    check_recipient_access inline:{{ {{ absent@medecin.example = 550 5.1.1 no such mailbox }},
        {{ busy@medecin.example = 450 4.2.1 mailbox busy }}, {{ closing@medecin.example = 421 4.3.2 closing }} }},
    reject_unauth_destination
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    port: int
    home: Path

    def letters(self, expected: int = 0) -> list[Path]:
        """What lies in the mailbox; waits a little until `expected` do, since delivery follows the 250."""
        until = time.monotonic() + 60
        while True:
            found = [path for part in ("new", "cur") for path in self.home.glob(f"mail/inbox/{part}/*")]
            if len(found) >= expected or time.monotonic() > until:
                return found
            time.sleep(0.1)


@contextlib.contextmanager
def postfix(pki: Pki, size_limit: int = 50_000_000) -> Iterator[Postfix]:
    assert os.geteuid() == 0, "Postfix's master runs as root"
    home = Path(tempfile.mkdtemp(prefix="postfix-"))
    home.chmod(0o755)
    nobody, owner = pwd.getpwnam("nobody"), pwd.getpwnam("postfix")
    for name, user in (("queue", None), ("data", owner), ("mail", nobody), ("config", None)):
        (home / name).mkdir()
        if user:
            os.chown(home / name, user.pw_uid, user.pw_gid)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    config = home / "config"
    (config / "main.cf").write_text(
        MAIN.format(
            home=home, certificate=pki.server_certificate, key=pki.server_key, ca=pki.ca_file, uid=nobody.pw_uid,
            gid=nobody.pw_gid, size_limit=size_limit,
        )
    )  # fmt: skip
    (config / "master.cf").write_text(MASTER.format(port=port))
    try:
        done = subprocess.run(["/usr/sbin/postfix", "-c", config, "start"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        _wait_for(port, home)
        yield Postfix(port, home)
    finally:
        subprocess.run(["/usr/sbin/postfix", "-c", config, "stop"], capture_output=True, timeout=60, check=False)
        shutil.rmtree(home, ignore_errors=True)


def _wait_for(port: int, home: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.1)
    log = home / "mail.log"
    raise AssertionError(log.read_text() if log.exists() else "postfix does not answer")
