#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""connections.py N [ROUNDS]: open N TCP connections over this namespace's loopback; when all are there, send a
message through each, ROUNDS times over, from two processes at once. Prints "ready" when all have been read, and holds
the connections until stdin says so or ends. Clients and servers are processes of their own, because not everybody may
open 2 N files in one."""
import os
import resource
import select
import socket
import sys

MESSAGE = b"one message"
SENDERS = 2
n = int(sys.argv[1])
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 1
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(n + 64, hard), hard))
listener = socket.create_server(("127.0.0.1", 0), backlog=128)
begin, begins = os.pipe()  # the clients send, and end, when the last writer has closed it
hold, held = os.pipe()
for i in range(SENDERS):
    if os.fork() == 0:
        os.close(begins)
        os.close(held)
        clients = [socket.create_connection(listener.getsockname(), timeout=10) for _ in range(i, n, SENDERS)]
        for client in clients:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # each message is a segment
        os.read(begin, 1)
        for _ in range(rounds):
            for client in clients:
                client.sendall(MESSAGE)
        os.read(hold, 1)
        os._exit(0)
listener.settimeout(10)
servers, poll, left = {}, select.epoll(), n * rounds * len(MESSAGE)
for _ in range(n):
    server, _ = listener.accept()
    servers[server.fileno()] = server
    poll.register(server, select.EPOLLIN)
os.close(begins)
while left:
    ready = poll.poll(10)
    if not ready:
        sys.exit(f"{left} bytes did not come")
    for fd, _ in ready:
        got = len(servers[fd].recv(4096))
        if not got:
            sys.exit("a connection ended")
        left -= got
print("ready", flush=True)
sys.stdin.readline()
os.close(held)
for _ in range(SENDERS):
    os.wait()
