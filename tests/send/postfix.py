"""A real Postfix on loopback: TLS required, our certificate required, mail laid in a Maildir.

Debian's programs with a configuration, a queue and ports of their own. Its master runs as root, as everywhere: whoever
is not root starts it through sudo, as `make` does for what it installs.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dictation.demo.pki import Pki

SIZE_LIMIT = 300_000  # bytes; small, so that a test need not send megabytes
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
127.0.0.1:{weak_port} inet n - n - - smtpd
    -o smtpd_tls_mandatory_protocols=TLSv1.2 -o smtpd_tls_mandatory_ciphers=high
    -o tls_high_cipherlist=ECDHE-ECDSA-AES128-SHA
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
    weak_port: int  # here it offers one suite, that we refuse
    home: Path

    def letters(self, expected: int = 0) -> list[Path]:
        """What lies in the mailbox; waits a little until `expected` do, since delivery follows the 250."""
        until = time.monotonic() + 60
        while True:
            found = [path for part in ("new", "cur") for path in self.home.glob(f"mail/inbox/{part}/*")]
            if len(found) >= expected or time.monotonic() > until:
                return found
            time.sleep(0.1)


def _as_root(*command: str | Path) -> None:
    """Run it; AssertionError with what it said when it fails."""
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    done = subprocess.run([*sudo, *command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


@contextlib.contextmanager
def postfix(pki: Pki, size_limit: int = 50_000_000) -> Iterator[Postfix]:
    home = Path(tempfile.mkdtemp(prefix="postfix-"))
    home.chmod(0o755)
    # Postfix lays no mail down as root: letters belong to nobody, or to whoever runs the tests and reads them.
    reader = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    for name in ("queue", "data", "mail", "config"):
        (home / name).mkdir()
    _as_root("chown", "postfix:", home / "data")
    _as_root("chown", f"{reader.pw_uid}:{reader.pw_gid}", home / "mail")
    port, weak_port = _free_ports()
    config = home / "config"
    (config / "main.cf").write_text(
        MAIN.format(
            home=home, certificate=pki.server_certificate, key=pki.server_key, ca=pki.ca_file, uid=reader.pw_uid,
            gid=reader.pw_gid, size_limit=size_limit,
        )
    )  # fmt: skip
    (config / "master.cf").write_text(MASTER.format(port=port, weak_port=weak_port))
    try:
        _as_root("chown", "-R", "root:", home / "queue", config)
        _as_root("/usr/sbin/postfix", "-c", config, "start")
        _wait_for(port, home)
        yield Postfix(port, weak_port, home)
    finally:
        with contextlib.suppress(AssertionError):  # it never started
            _as_root("/usr/sbin/postfix", "-c", config, "stop")
        _as_root("rm", "-rf", home)


def _wait_for(port: int, home: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.1)
    log = home / "mail.log"
    raise AssertionError(log.read_text() if log.exists() else "postfix does not answer")
