from tests.send.peers import clock, pki, print_room, relay  # noqa: F401
