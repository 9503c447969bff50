"""Times asyncio's run_in_executor, on request; with the argument `uvloop`, on that event loop.

Each line of stdin is a number of jobs in flight and a number of jobs; the answer is a number of seconds.
"""

import asyncio
import sys
import time


def job():
    pass


async def one_after_the_other(loop, jobs):
    for _ in range(jobs):
        await loop.run_in_executor(None, job)


async def timed(in_flight, jobs):
    loop = asyncio.get_running_loop()
    begin = time.perf_counter()
    share = jobs // in_flight
    await asyncio.gather(*(one_after_the_other(loop, share) for _ in range(in_flight)))
    return time.perf_counter() - begin


async def serve():
    for line in sys.stdin:
        print(await timed(*map(int, line.split())))


if sys.argv[1:] == ["uvloop"]:
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

asyncio.run(serve())
