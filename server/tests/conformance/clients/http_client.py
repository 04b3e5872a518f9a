"""http.client of Python's own library: bodies of every size on one connection, there and back.

Arguments: host:port, the CA's file or "-", sizes. Prints "status size digest" for each.
"""

import hashlib
import http.client
import ssl
import sys


def content(size):
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def pieces(body):
    """For a chunked body, in pieces that no buffer has the size of."""
    for start in range(0, len(body), 10007):
        yield body[start:start + 10007]


def main(address, ca, *sizes):
    if ca == "-":
        connection = http.client.HTTPConnection(address, timeout=30)
    else:
        context = ssl.create_default_context(cafile=ca)
        connection = http.client.HTTPSConnection(address, timeout=30, context=context)
    for size in map(int, sizes):
        body = content(size)
        for chunked in (False, True):
            sent = pieces(body) if chunked else body
            connection.request("POST", f"/{size}", body=sent, encode_chunked=chunked)
            answer = connection.getresponse()
            print(answer.status, size, hashlib.sha256(answer.read()).hexdigest())


if __name__ == "__main__":
    main(*sys.argv[1:])
