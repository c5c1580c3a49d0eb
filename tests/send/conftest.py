from tests.send.peers import clock, hospital, pki, print_room, relay  # noqa: F401
