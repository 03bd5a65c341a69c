#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Readers of all kinds, for tests/vm/sched.t and causes.t: readers.py MODE PORT COUNT [CPU]

Takes one TCP connection, prints "ready PORT", reads COUNT messages of 100 bytes and ends.
  block     recv()
  poll, select, epoll
  epoll3    three threads wait on one epoll instance, edge-triggered; whoever is woken reads
  handoff   one thread waits by epoll, another one reads what it is told of
  work      poll(), and 5 ms of CPU time before it reads; at SCHED_FIFO 10
  spin      recv() that does not block, over and over: never asleep
  burn      does not read, but burns CPU time
  crowd     epoll, the last to be told: after 10,000 others that watch the connection, too
  locked    every other recv() copies to a page that comes 20 ms late (userfaultfd), its socket locked meanwhile
"""
import mmap
import os
import queue
import resource
import select
import socket
import sys
import threading
import time

from late_page import late_page

SIZE = 100
mode, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
if len(sys.argv) > 4:
    os.sched_setaffinity(0, {int(sys.argv[4])})
if mode == "burn":
    print("ready", flush=True)
    while True:
        pass
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


def crowd():
    n, mine, others = 10000, select.epoll(), select.epoll()
    resource.setrlimit(resource.RLIMIT_NOFILE, (n + 64, n + 64))
    mine.register(conn, select.EPOLLIN)
    for _ in range(n):
        others.register(os.dup(conn.fileno()), select.EPOLLIN)
    waiting(mine.poll)


def locked():
    global left
    page, n = late_page(0.020), 1
    while left > 0 and n:
        page.madvise(mmap.MADV_DONTNEED)
        for _ in range(2):
            if left > 0 and n:
                n = conn.recv_into(page, mmap.PAGESIZE)
                left -= n


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
elif mode == "crowd":
    crowd()
elif mode == "locked":
    locked()
elif mode == "spin":
    conn.setblocking(False)
    waiting(lambda: None)
else:
    sys.exit(__doc__)
