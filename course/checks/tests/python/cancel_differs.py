"""What cancel() does to a job on a thread: one that runs, and one that waits in the pool's queue."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor


async def main():
    loop, pool = asyncio.get_running_loop(), ThreadPoolExecutor(1)
    began, gate, seen = threading.Event(), threading.Event(), []

    def job(name):
        began.set()
        gate.wait()
        seen.append(name)

    running = loop.run_in_executor(pool, job, "running")
    queued = loop.run_in_executor(pool, job, "queued")
    await asyncio.to_thread(began.wait)
    for name, future in [("running", running), ("queued", queued)]:
        future.cancel()
        try:
            await future
        except asyncio.CancelledError:
            print(f"{name}: CancelledError, while the gate is closed")
    # The loop's next turn tells the pool, which would run the queued job otherwise.
    await asyncio.sleep(0)
    gate.set()
    await asyncio.to_thread(pool.shutdown)
    print(f"ran to the end: {seen}")


asyncio.run(main())
