"""A process under limit_network reaches loopback and the mail host; any other connection is refused."""

import subprocess
import sys
import textwrap

PROGRAM = """
import socket
from dictation.network import ConnectionRefused, allow_only
allow_only(["127.0.0.2"])
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname(), timeout=5).close()
print("loopback reached")
for attempt in (
    lambda: socket.create_connection(("192.0.2.7", 443), timeout=5),
    lambda: socket.getaddrinfo("hub.example", 443),
    lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 443)),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.7", 53)),
):
    try:
        attempt()
        print("left the machine")
    except ConnectionRefused:
        print("refused")
"""


def test_only_loopback_and_the_mail_host_are_reached():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split("\n")[:-1] == ["loopback reached", "refused", "refused", "refused", "refused"]
    assert "limit_network" in done.stderr
