"""What one crash costs a ProcessPoolExecutor of two, with eight jobs in it; and what a timeout costs.

Run it: python3 book/python/13_broken_pool.py
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor, TimeoutError
from concurrent.futures.process import BrokenProcessPool


# ANCHOR: broken
def job(number):
    time.sleep(0.1)
    if number == 2:
        os.abort()
    return number


def one_crash():
    with ProcessPoolExecutor(2) as pool:
        jobs = [pool.submit(job, number) for number in range(8)]
        failed = sum(isinstance(job.exception(), BrokenProcessPool) for job in jobs)
        print(f"one of 8 jobs crashed: {failed} failed")
        try:
            pool.submit(job, 0)
        except BrokenProcessPool as error:
            print(f"the next one: {error}")
# ANCHOR_END: broken


def one_timeout():
    with ProcessPoolExecutor(1) as pool:
        pool.submit(int).result()
        begin = time.monotonic()
        try:
            pool.submit(time.sleep, 1.5).result(timeout=0.2)
        except TimeoutError:
            print("timed out after 0.2 s")
        pool.submit(int).result()
        print(f"the next one is answered after {time.monotonic() - begin:.1f} s")


if __name__ == "__main__":
    one_crash()
    one_timeout()
