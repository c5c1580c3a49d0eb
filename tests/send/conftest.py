from tests.send.peers import clock, home, hospital, pki, print_room, relay, tables  # noqa: F401
