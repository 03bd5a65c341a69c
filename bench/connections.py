#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Open N TCP connections over this namespace's loopback, send one message through each and read it.
Prints "ready" when all have been read, and holds them until stdin says so or ends. Two processes,
because not everybody may open 2 N files in one."""
import os
import resource
import socket
import sys

MESSAGE = b"one message"
n = int(sys.argv[1])
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(n + 64, hard), hard))
listener = socket.create_server(("127.0.0.1", 0), backlog=128)
hold, held = os.pipe()  # the client goes on until the last writer has closed it
if os.fork() == 0:
    os.close(held)
    clients = []
    for _ in range(n):
        clients.append(socket.create_connection(listener.getsockname(), timeout=10))
        clients[-1].sendall(MESSAGE)
    os.read(hold, 1)
    os._exit(0)
listener.settimeout(10)
servers = []
for _ in range(n):
    server, _ = listener.accept()
    server.settimeout(10)
    if server.recv(64) != MESSAGE:
        sys.exit("not what was sent")
    servers.append(server)
print("ready", flush=True)
sys.stdin.readline()
os.close(held)
os.wait()
