"""Counts primes on a pool of threads or of processes: as one job, in many, and what an empty job costs.

Run it: python3 book/python/09_pools.py processes 2 17 200000
It prints the count, the seconds of the one job, the seconds of the 17, and the seconds of an empty job.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from math import isqrt

POOLS = {"threads": ThreadPoolExecutor, "processes": ProcessPoolExecutor}


def is_prime(number):
    return number > 1 and all(number % divisor for divisor in range(2, isqrt(number) + 1))


def count_primes(first, below, step):
    return sum(map(is_prime, range(first, below, step)))


def timed(pool, jobs, below):
    begin = time.perf_counter()
    parts = [pool.submit(count_primes, first, below, jobs) for first in range(jobs)]
    return sum(part.result() for part in parts), time.perf_counter() - begin


def empty(pool, times=200):
    begin = time.perf_counter()
    for _ in range(times):
        pool.submit(int).result()
    return (time.perf_counter() - begin) / times


if __name__ == "__main__":
    kind, workers, jobs, below = sys.argv[1], *map(int, sys.argv[2:])
    with POOLS[kind](workers) as pool:
        empty(pool)
        (count, one), (again, many) = timed(pool, 1, below), timed(pool, jobs, below)
        assert count == again
        print(count, one, many, empty(pool))
