"""The client of lesson 09 in Python: computation in a pool of processes, since threads share one interpreter lock.

Run it: python3 book/python/09_cpu_bound.py --server ws://127.0.0.1:7070
"""

import argparse
import asyncio
import os
from concurrent.futures import ProcessPoolExecutor
from math import isqrt

from websockets import ConnectionClosed, connect


def is_prime(number):
    return number > 1 and all(number % divisor for divisor in range(2, isqrt(number) + 1))


# ANCHOR: compute
def primes(below):
    return sum(map(is_prime, range(int(below))))


async def compute(pool, job, *args):
    return await asyncio.get_running_loop().run_in_executor(pool, job, *args)


async def answer(pool, line):
    try:
        name, below = line.split()
        print(f"== {line}: {await compute(pool, {'/primes': primes}[name], below)} primes")
    except Exception as error:
        print(f"!! {line}: {error!r}")
# ANCHOR_END: compute


async def prompt():
    try:
        return await asyncio.to_thread(input)
    except EOFError:
        return None


async def show(room):
    async for message in room:
        print(f"<< {message}")


async def talk(room, pool):
    async with asyncio.TaskGroup() as jobs:
        jobs.create_task(show(room))
        while (line := await prompt()) is not None:
            if line.startswith("/"):
                jobs.create_task(answer(pool, line))
            else:
                await room.send(line)
        await room.close()


async def main(url, pool):
    try:
        async with connect(url) as room:
            await talk(room, pool)
    except* ConnectionClosed:
        print("the room is gone")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Talk in a practice room.")
    parser.add_argument("--server", required=True, help="the room: ws://HOST:PORT")
    url = parser.parse_args().server
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        # The workers start now, before this process has another thread that a fork would leave out.
        pool.submit(int).result()
        asyncio.run(main(url, pool))
