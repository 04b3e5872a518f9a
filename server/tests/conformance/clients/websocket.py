"""The `websockets` client: messages of several sizes, there and back, then the server's close.

Arguments: URL, the CA's file or "-". Prints "open" when all messages have come back, and the close
code when the server has closed.
"""

import asyncio
import ssl
import sys

import websockets

url, ca = sys.argv[1:]


async def main():
    context = None if ca == "-" else ssl.create_default_context(cafile=ca)
    async with websockets.connect(url, ssl=context, proxy=None) as socket:
        for size in (0, 1, 125, 126, 65535, 65536):
            for message in (b"\xfb" * size, "x" * size):
                await socket.send(message)
                assert await socket.recv() == message, size
        await socket.send(["in ", "three ", "frames"])
        assert await socket.recv() == "in three frames"
        await (await socket.ping())
        print("open", flush=True)
        try:
            await socket.recv()
        except websockets.ConnectionClosed as closed:
            print(closed.rcvd.code, closed.rcvd_then_sent)


asyncio.run(main())
