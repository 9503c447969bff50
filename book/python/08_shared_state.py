"""The client of lesson 08 in asyncio: a bank that several commands use at the same time.

Run it: `cargo course room`, and then `python 08_shared_state.py --server ws://127.0.0.1:7070`.
It needs Python 3.11 and the package `websockets`. With `--careless` the bank overdraws.
"""

import argparse
import asyncio
import sys
import threading
import time

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed


class Refused(Exception):
    """The bank says no."""


# ANCHOR: careless
class CarelessBank:
    """Checks, waits and acts: one thread runs this, and it overdraws."""

    def __init__(self, balance):
        self.balance = balance

    async def withdraw(self, amount, approve):
        if self.balance < amount:
            raise Refused("refused: there is too little")
        await asyncio.to_thread(approve)
        self.balance -= amount
# ANCHOR_END: careless


# ANCHOR: bank
class Bank(CarelessBank):
    """Checks and acts with no await in between, and waits afterwards."""

    async def withdraw(self, amount, approve):
        if self.balance < amount:
            raise Refused("refused: there is too little")
        self.balance -= amount
        try:
            await asyncio.to_thread(approve)
        except BaseException:
            self.balance += amount
            raise
# ANCHOR_END: bank


# ANCHOR: cache
class Cache:
    """Here the others should wait, so the lock is kept across the await."""

    def __init__(self):
        self.lock, self.value = asyncio.Lock(), None

    async def get_or_compute(self, compute):
        async with self.lock:
            if self.value is None:
                self.value = await asyncio.to_thread(compute)
            return self.value
# ANCHOR_END: cache


def slow(name, value=None):
    """Blocks its thread for a second."""
    print(f".. {name}, please wait")
    time.sleep(1)
    return value


async def answer(bank, rates, line):
    try:
        match line.split():
            case ["/withdraw", amount] if amount.isdecimal():
                await bank.withdraw(int(amount), lambda: slow("approval"))
                result = "done"
            case ["/balance"]:
                result = bank.balance
            case ["/rate"]:
                result = await rates.get_or_compute(lambda: slow("rate", 1.08))
            case _:
                raise Refused("the commands are /withdraw AMOUNT, /balance and /rate")
        print(f"== {line}: {result}")
    except Refused as refused:
        print(f"!! {line}: {refused}")


def read_lines(loop, lines):
    for line in sys.stdin:
        loop.call_soon_threadsafe(lines.put_nowait, line.rstrip("\n"))
    loop.call_soon_threadsafe(lines.put_nowait, None)


async def talk(room, bank):
    lines, rates = asyncio.Queue(), Cache()
    threading.Thread(target=read_lines, args=(asyncio.get_running_loop(), lines), daemon=True).start()
    async with asyncio.TaskGroup() as commands:
        while (line := await lines.get()) is not None:
            if line.startswith("/"):
                commands.create_task(answer(bank, rates, line))
            else:
                await room.send(line)
    await room.close()


async def chat(url, bank):
    try:
        async with connect(url) as room, asyncio.TaskGroup() as tasks:
            talking = tasks.create_task(talk(room, bank))
            async for message in room:
                print("<<", message)
            talking.cancel()
    except* (ConnectionClosed, OSError) as gone:
        sys.exit(f"the room is gone: {gone.exceptions[0]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", metavar="URL", required=True)
    parser.add_argument("--careless", action="store_true", help="check, wait, then act")
    args = parser.parse_args()
    asyncio.run(chat(args.server, (CarelessBank if args.careless else Bank)(100)))
