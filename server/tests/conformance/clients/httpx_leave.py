"""httpx while the server leaves: rounds of requests side by side, each client with its own pool.

Arguments: base URL, the CA's file or "-", "1" or "2" for the version. Prints how many of each "status version" came.
"""

import asyncio
import collections
import sys

import httpx

base, ca, version = sys.argv[1:]


async def main():
    seen = collections.Counter()
    async with httpx.AsyncClient(
        http1=version == "1",
        http2=version == "2",
        verify=True if ca == "-" else ca,
        timeout=30,
        trust_env=False,
    ) as client:
        for _ in range(5):
            for answer in await asyncio.gather(*(client.get(f"{base}/api/v1/slow?ms=100") for _ in range(8))):
                seen[answer.status_code, answer.http_version] += 1
    for (status, spoken), count in sorted(seen.items()):
        print(count, status, spoken)


asyncio.run(main())
