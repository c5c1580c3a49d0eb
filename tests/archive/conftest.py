from tests.send.peers import clock, home, pki, print_room, relay, tables  # noqa: F401
