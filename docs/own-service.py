#!/usr/bin/env python3
"""A service that keeps baton's app contract with Python's standard library alone: see "Your own service" in README.md."""

import os
import signal
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# How long it goes on serving after SIGTERM, in seconds: longer than the target group's deregistration delay (5 s in the
# sandbox's profile fast; on AWS what the target group says), shorter than the agent's stop_timeout (12 s; 90 s).
GRACE = float(sys.argv[1]) if len(sys.argv) > 1 else 8.0

leaving = threading.Event()
busy = 0
changed = threading.Condition()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Longer than the load balancer keeps an idle connection (60 s on AWS): whoever closes one first must not be the service.
    timeout = 75

    def do_GET(self):
        global busy
        with changed:
            busy += 1
        try:
            body = b"hello\n"
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            if leaving.is_set():
                # The balancer takes its next request elsewhere.
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
        finally:
            with changed:
                busy -= 1
                changed.notify_all()

    def log_message(self, *_):
        pass


def say_ready():
    """What systemd's sd_notify does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])


def main():
    signal.signal(signal.SIGTERM, lambda *_: leaving.set())
    # The socket is descriptor 3, bound and listening already (LISTEN_FDS is 1). Nobody binds a port.
    listener = socket.socket(fileno=3)
    server = ThreadingHTTPServer(listener.getsockname(), Handler, bind_and_activate=False)
    server.daemon_threads = True
    server.socket.close()
    server.socket = listener
    threading.Thread(target=server.serve_forever, daemon=True).start()
    say_ready()

    leaving.wait()
    time.sleep(GRACE)
    server.shutdown()
    with changed:
        changed.wait_for(lambda: busy == 0)


if __name__ == "__main__":
    main()
