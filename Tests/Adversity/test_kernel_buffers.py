"""What the kernel takes from a peer that the server does not read from is bounded."""

import socket


def test_a_peer_that_is_not_read_from_queues_little(start_server):
    server = start_server()
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.connect(("127.0.0.1", server.port))
    request = b"GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    peer.settimeout(1)
    sent = 0
    try:
        while sent < 8 << 20:
            sent += peer.send(request * 1000)
    except OSError:
        pass  # nothing more is taken
    assert sent < 512 << 10
    peer.close()
