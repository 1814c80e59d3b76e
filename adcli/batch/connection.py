"""A connection to a Dask cluster, every call of which comes back: with an answer, or with an error that says why.

Dask's client works on an event loop. That runs in a thread of its own here, so that signals find the main
thread, and so that whoever does not answer is waited for only so long.
"""

import asyncio
import gc
import logging
import warnings
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from threading import Thread
from time import monotonic, sleep
from typing import Any, Self

from .. import __version__
from ..errors import UsageError
from .remote import version

ANSWER = 5.0  # seconds for the scheduler to answer
WORKERS = 10.0  # seconds for the first worker to come
_REPLY = 60.0  # seconds for anything else that is asked
_CLOSING = 1.0  # seconds to say goodbye
_TICK = 0.05  # seconds between looks for workers


class Connection:
    """A client of a cluster which has workers, and adcli on all of them: a context.

    At its end all tasks that are not done are cancelled.
    """

    def __init__(self, dask: Any, address: str) -> None:
        self.address = address
        self._dask = dask
        self.client: Any = None
        self._loop = asyncio.SelectorEventLoop()
        self._thread = Thread(target=self._loop.run_forever, name="adcli-cluster", daemon=True)

    def call(self, ask: Callable[[], Awaitable[Any]], seconds: float = _REPLY) -> Any:
        """Do something on the client's loop; `OSError` if that is not done in so many seconds."""

        async def asked() -> Any:
            return await ask()

        future = asyncio.run_coroutine_threadsafe(asked(), self._loop)
        try:
            return future.result(seconds)
        except TimeoutError:
            raise TimeoutError(f"nothing was heard for {seconds:g} s") from None
        finally:
            future.cancel()

    def is_open(self) -> bool:
        """Whether the scheduler is still there, as far as is known."""
        return bool(self.client.status == "running")

    def workers(self) -> int:
        """How many workers there are."""
        return len(self.call(self.client.nthreads))

    def __enter__(self) -> Self:
        gc.enable()  # a run of the command line does without, but a loop makes cycles for as long as it runs
        self._thread.start()
        try:
            self._connect()
            self._check()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _connect(self) -> None:
        async def connect() -> None:
            self.client = self._dask.Client(
                self.address, asynchronous=True, timeout=ANSWER, set_as_default=False, direct_to_workers=False
            )
            await self.client

        try:
            self.call(connect, ANSWER + 1)
        except Exception as error:  # noqa: BLE001  # whatever there is at this address
            text = f"--cluster {self.address}: no Dask scheduler answers there: {first_line(error)}"
            raise UsageError("unreachable-cluster", text, None, "for example --cluster tcp://127.0.0.1:8786") from None

    def _check(self) -> None:
        """Refuse a cluster that has no workers, and one that has not the same adcli everywhere."""
        deadline = monotonic() + WORKERS
        while not self.workers():
            if monotonic() > deadline:
                text = f"--cluster {self.address}: the cluster has no workers"
                raise UsageError("no-workers", text, None, f"start one: dask worker {self.address}")
            sleep(_TICK)
        found = {"the scheduler": self._scheduler_version()}
        answers = self.call(lambda: self.client.run(version, on_error="return"))
        found |= {f"worker {worker}": answer for worker, answer in answers.items()}
        for who, answer in found.items():
            if isinstance(answer, OSError):  # it has just ended; there may be others
                continue
            hint = "the scheduler and all workers need the same version of 'adcli[cluster]'"
            if isinstance(answer, Exception):
                text = f"--cluster {self.address}: {who} cannot run adcli: {first_line(answer)}"
                raise UsageError("unfit-cluster", text, None, hint)
            if answer != __version__:
                text = f"--cluster {self.address}: {who} has adcli {answer}, and this is {__version__}"
                raise UsageError("unfit-cluster", text, None, hint)

    def _scheduler_version(self) -> Any:
        """The version that the scheduler has, which reads tasks before it hands them on; or why it has none."""
        try:
            return self.call(lambda: self.client.run_on_scheduler(version))
        except Exception as error:  # noqa: BLE001  # whatever it says
            return error

    def close(self) -> None:
        """Say goodbye, and end the loop."""
        with suppress(Exception):
            if self.client is not None:
                self.call(lambda: self.client.close(_CLOSING), 2 * _CLOSING)
        if self.client is not None:
            self.client.status = "closed"  # it is, as far as we care, and need not try again when it is forgotten
        with suppress(Exception):
            self.call(_end_others, _CLOSING)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSING)
        if not self._thread.is_alive():
            self._loop.close()


async def _end_others() -> None:
    """Cancel whatever else is under way on the loop."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def connected(dask: Any, address: str) -> Iterator[Connection]:
    """A connection about which Dask says nothing: what it logs and warns of is for its own users."""
    known = logging.root.manager.disable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            with Connection(dask, address) as connection:
                yield connection
        except (OSError, CancelledError):
            raise lost() from None
        finally:
            logging.disable(known)


def lost() -> UsageError:
    """The error for a cluster that does not answer any more."""
    return UsageError("cluster-lost", "the connection to the cluster was lost, and with it what it has done")


def first_line(error: BaseException) -> str:
    """What an error of another library says, on one line."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__
