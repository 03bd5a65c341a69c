#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Readers of all kinds, for tests/vm/sched.t: readers.py MODE PORT COUNT [CPU]

Takes one TCP connection, prints "ready PORT", reads COUNT messages of 100 bytes and ends.
  block     recv()
  poll, select, epoll
  epoll3    three threads wait on one epoll instance, edge-triggered; whoever is woken reads
  handoff   one thread waits by epoll, another one reads what it is told of
  work      poll(), and 5 ms of CPU time before it reads; at SCHED_FIFO 10
  spin      recv() that does not block, over and over: never asleep
"""
import os
import queue
import select
import socket
import sys
import threading
import time

SIZE = 100
mode, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if len(sys.argv) > 4:
    os.sched_setaffinity(0, {int(sys.argv[4])})
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("", port))
listener.listen(1)
print("ready", port, flush=True)
conn, _ = listener.accept()
left = count * SIZE
done = threading.Event()


def read():
    """One read; true when all is there."""
    global left
    try:
        data = conn.recv(SIZE)
    except BlockingIOError:
        return left <= 0
    left -= len(data)
    return left <= 0 or not data


def waiting(wait):
    while not read_after(wait):
        pass


def read_after(wait):
    wait()
    return read()


def epoll_threads(n):
    conn.setblocking(False)
    ep = select.epoll()
    ep.register(conn, select.EPOLLIN | select.EPOLLET)

    def run():
        while not done.is_set():
            if ep.poll(0.5):
                while left > 0:
                    before = left
                    if read():
                        done.set()
                    if left == before:
                        break

    threads = [threading.Thread(target=run) for _ in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def handoff():
    jobs, ended = queue.SimpleQueue(), queue.SimpleQueue()

    def worker():
        while True:
            jobs.get()
            all_read = read()
            ended.put(all_read)
            if all_read:
                return

    t = threading.Thread(target=worker)
    t.start()
    ep = select.epoll()
    ep.register(conn, select.EPOLLIN)
    while True:
        ep.poll()
        jobs.put(1)
        if ended.get():
            break
    t.join()


if mode == "block":
    waiting(lambda: None)
elif mode == "poll":
    p = select.poll()
    p.register(conn, select.POLLIN)
    waiting(p.poll)
elif mode == "work":
    p = select.poll()
    p.register(conn, select.POLLIN)

    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))

    def work():
        p.poll()
        end = time.thread_time() + 0.005
        while time.thread_time() < end:
            pass
    waiting(work)
elif mode == "select":
    waiting(lambda: select.select([conn], [], []))
elif mode == "epoll":
    e = select.epoll()
    e.register(conn, select.EPOLLIN)
    waiting(e.poll)
elif mode == "epoll3":
    epoll_threads(3)
elif mode == "handoff":
    handoff()
elif mode == "spin":
    conn.setblocking(False)
    waiting(lambda: None)
else:
    sys.exit(__doc__)
