"""Processes that know nothing of each other never exceed the window together."""

import subprocess
import sys

SCAN = """
import asyncio, sys
from kordant_pipelines.providers.errors import RetryableProviderError
from kordant_pipelines.providers.limiter import ProviderLimiter, RateLimit

async def scan(url, key):
    got = 0
    async with ProviderLimiter(
        valkey_url=url, provider="hibp", api_key=key, limit=RateLimit(10, 60), max_wait=0.0
    ) as limiter:
        sys.stdout.write("ready\\n")
        sys.stdout.flush()
        sys.stdin.readline()
        for _ in range(8):
            try:
                await limiter.acquire()
            except RetryableProviderError:
                continue
            got += 1
    print(got)

asyncio.run(scan(*sys.argv[1:]))
"""


def test_three_processes_share_ten_a_minute(valkey_url: str, key: str) -> None:
    command = [sys.executable, "-c", SCAN, valkey_url, key]
    scans = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for scan in scans:
        assert scan.stdout is not None
        assert scan.stdout.readline() == "ready\n"
    for scan in scans:
        assert scan.stdin is not None
        scan.stdin.write("go\n")
        scan.stdin.flush()
    got = [int(scan.communicate(timeout=30)[0]) for scan in scans]

    assert sum(got) == 10
    assert max(got) <= 8
