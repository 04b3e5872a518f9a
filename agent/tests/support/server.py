#!/usr/bin/env python3
"""A server under systemd's contract that misbehaves as its first argument says."""
import json, os, signal, socket, sys, time

mode = sys.argv[1] if len(sys.argv) > 1 else "good"
print("server in mode", mode, flush=True)
if mode == "exits-at-once":
    print("panicked: no configuration", file=sys.stderr, flush=True)
    sys.exit(3)

listener = socket.socket(fileno=3)
stdin_is_empty = os.read(0, 1) == b""


def leave(signum, frame):
    print("draining", flush=True)
    os._exit(0)


signal.signal(signal.SIGTERM, signal.SIG_IGN if mode == "stubborn" else leave)


def say(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.connect(os.environ["NOTIFY_SOCKET"])
        notify.send(text.encode())


if mode != "never-ready":
    say("STATUS=warm\nREADY=1")
while True:
    client, _ = listener.accept()
    path = client.recv(65536).decode().split(" ")[1]
    if path == "/die":
        os._exit(7)
    status = "503 Service Unavailable" if mode == "unhealthy" else "200 OK"
    body = json.dumps({
        "pid": os.getpid(),
        "group": os.getpgid(0),
        "cwd": os.getcwd(),
        "stdin_is_empty": stdin_is_empty,
        "descriptors": sorted(int(n) for n in os.listdir("/proc/self/fd") if int(n) != client.fileno()),
        "env": {k: v for k, v in os.environ.items() if k.startswith(("LISTEN_", "BATON_"))},
    }).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    client.sendall(head.encode() + body)
    client.close()
