"""httpx: bodies of every size, side by side on one client.

Arguments: base URL, the CA's file or "-", "1" or "2" for the version, sizes.
Prints "status version size digest" for each, in order.
"""

import asyncio
import hashlib
import sys

import httpx

from http_client import content

base, ca, version, sizes = sys.argv[1], sys.argv[2], sys.argv[3], [int(size) for size in sys.argv[4:]]


async def main():
    async with httpx.AsyncClient(
        http1=version == "1",
        http2=version == "2",
        verify=True if ca == "-" else ca,
        timeout=30,
        trust_env=False,
    ) as client:
        answers = await asyncio.gather(*(client.post(f"{base}/{size}", content=content(size)) for size in sizes))
        for size, answer in zip(sizes, answers):
            print(answer.status_code, answer.http_version, size, hashlib.sha256(answer.content).hexdigest())


asyncio.run(main())
