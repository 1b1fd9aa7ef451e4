"""Silent TCP connections take every place, without a login."""

import socket

from support.rest import API


def test_a_newcomer_takes_the_place_of_one(start_server):
    server = start_server(settings={"profile": "zero"})
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(64)]
    for _ in range(5):
        assert API(server.port).get("/api/limits", timeout=3).status == 200
    for each in silent:
        each.close()


def test_a_request_in_two_segments_gets_through(start_server):
    server = start_server(settings={"profile": "zero"})
    for _ in range(5):
        honest = socket.create_connection(("127.0.0.1", server.port))
        honest.settimeout(5)
        head = b"GET /api/limits HTTP/1.1\r\nHost: x\r\nUser-Agent: " + b"a" * 200 + b"\r\n"
        honest.sendall(head)
        half = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]
        for each in half:
            each.sendall(b"GET / HTTP/1.1\r\n")
        honest.sendall(b"\r\n")
        assert honest.recv(100).startswith(b"HTTP/1.1 200")
        for each in half:
            each.close()
        honest.close()
