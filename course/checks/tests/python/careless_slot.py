"""An asyncio.Semaphore around `to_thread`: what becomes of the slot when the caller is cancelled?"""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Event


async def main():
    began, gate, slots = Event(), Event(), asyncio.Semaphore(1)

    def job():
        began.set()
        gate.wait()

    async def run():
        async with slots:
            await asyncio.to_thread(job)

    caller = asyncio.create_task(run())
    await asyncio.to_thread(began.wait)
    caller.cancel()
    await asyncio.wait([caller])
    print("slot free:", not slots.locked(), "- job ended:", gate.is_set())
    gate.set()


print("default pool as documented:", ThreadPoolExecutor()._max_workers == min(32, (os.cpu_count() or 1) + 4))
asyncio.run(main())
