"""Times a pool of processes under asyncio, on request: executor, loky or anyio.

Each line of stdin is `flight IN_FLIGHT BYTES JOBS` or `kill`; the answer is a number of seconds.
"""

import asyncio
import os
import signal
import sys
import time
from concurrent.futures.process import BrokenProcessPool

WORKERS = 2


def echo(data):
    return data


def pid():
    return os.getpid()


class Executor:
    """ProcessPoolExecutor of the standard library; loky has the same face."""

    def __init__(self, make):
        self.make = make
        self.pool = make()

    async def call(self, job, *args):
        return await asyncio.get_running_loop().run_in_executor(self.pool, job, *args)

    async def call_again(self, job):
        try:
            return await self.call(job)
        except Exception as error:
            # A pool with a dead worker is of no use any more: its users make a new one.
            if not isinstance(error, BrokenProcessPool):
                raise
            self.pool = self.make()
            return await self.call_again(job)


class AnyIO:
    """One worker for each call that is under way, kept for the next ones."""

    def __init__(self):
        from anyio import BrokenWorkerProcess, CapacityLimiter, to_process

        self.broken, self.run, self.limiter = BrokenWorkerProcess, to_process.run_sync, CapacityLimiter(WORKERS)

    async def call(self, job, *args):
        return await self.run(job, *args, limiter=self.limiter)

    async def call_again(self, job):
        try:
            return await self.call(job)
        except self.broken:
            return await self.call_again(job)


def pool(kind):
    if kind == "anyio":
        return AnyIO()
    if kind == "loky":
        from loky import ProcessPoolExecutor
    else:
        from concurrent.futures import ProcessPoolExecutor
    return Executor(lambda: ProcessPoolExecutor(WORKERS))


async def chain(workers, data, jobs):
    for _ in range(jobs):
        answer = await workers.call(echo, data)
        assert len(answer) == len(data)


async def flight(workers, in_flight, size, jobs):
    data = bytes(size)
    begin = time.perf_counter()
    await asyncio.gather(*(chain(workers, data, jobs // in_flight) for _ in range(in_flight)))
    return time.perf_counter() - begin


async def kill(workers):
    victim = await workers.call_again(pid)
    os.kill(victim, signal.SIGKILL)
    begin = time.perf_counter()
    while await workers.call_again(pid) == victim:
        pass
    return time.perf_counter() - begin


async def serve(kind):
    workers = pool(kind)
    for line in sys.stdin:
        name, *numbers = line.split()
        print(await {"flight": flight, "kill": kill}[name](workers, *map(int, numbers)))


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
