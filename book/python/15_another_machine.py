"""Lesson 15 in Python: machines that take jobs from a NATS server, with nats-py.

Run it: nats-server -js
        python3 book/python/15_another_machine.py nats://127.0.0.1:4222 --machine
        python3 book/python/15_another_machine.py nats://127.0.0.1:4222 tea milk
"""

import argparse
import asyncio
import time
import uuid
from concurrent.futures import ProcessPoolExecutor

import nats
from nats.errors import TimeoutError as Silence
from nats.js.api import ConsumerConfig, DiscardPolicy, RetentionPolicy, StreamConfig

# How long a machine may be silent before another one gets its job.
SILENCE = 2


def slow(text):
    time.sleep(3)
    return text.upper()


JOBS = {"tea": str.upper, "slow": slow}


async def streams(engine):
    queue = {"retention": RetentionPolicy.WORK_QUEUE, "discard": DiscardPolicy.NEW}
    for name in "jobs", "answers":
        await engine.add_stream(StreamConfig(name=f"PY_{name}", subjects=[f"py.{name}.*"], **queue))


# ANCHOR: machine
async def work(engine, pool):
    """Does one job after the other; a job is confirmed when its answer is."""
    config = ConsumerConfig(ack_wait=SILENCE)
    jobs = await engine.pull_subscribe("py.jobs.*", durable="machines", config=config)
    while True:
        try:
            [job] = await jobs.fetch(1)
        except Silence:
            continue
        text = job.data.decode()
        print("takes", text, flush=True)
        done = asyncio.get_running_loop().run_in_executor(pool, JOBS.get(text, str.upper), text)
        while not (await asyncio.wait([done], timeout=SILENCE / 3))[0]:
            await job.in_progress()
        answer = job.subject.replace("jobs", "answers")
        # Who confirms first loses the job when this machine dies here.
        await engine.publish(answer, done.result().encode(), headers={"Nats-Msg-Id": answer})
        await job.ack()
# ANCHOR_END: machine


async def call(engine, text):
    """Hands a job in, and awaits its answer, wherever it is done."""
    name = uuid.uuid4().hex
    await engine.publish(f"py.jobs.{name}", text.encode(), headers={"Nats-Msg-Id": name})
    answers = await engine.pull_subscribe(f"py.answers.{name}", durable=name)
    while True:
        try:
            [answer] = await answers.fetch(1)
        except Silence:
            continue
        await answer.ack_sync()
        return answer.data.decode()


async def main(options):
    client = await nats.connect(options.url)
    engine = client.jetstream()
    await streams(engine)
    if options.machine:
        with ProcessPoolExecutor(1) as pool:
            # The worker starts now, before this process has another thread that a fork would leave out.
            pool.submit(int).result()
            print("takes jobs", flush=True)
            await work(engine, pool)
    for answer in asyncio.as_completed([call(engine, text) for text in options.jobs]):
        print(await answer, flush=True)
    await client.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Hand jobs to machines, or be one.")
    parser.add_argument("url", help="the server: nats://HOST:PORT")
    parser.add_argument("--machine", action="store_true", help="take jobs, until Ctrl-C")
    parser.add_argument("jobs", nargs="*", help="texts to put in capitals; `slow` takes three seconds")
    asyncio.run(main(parser.parse_args()))
