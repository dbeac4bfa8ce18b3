"""The signals that ask a process to stop, handled on the event loop for a while."""

import asyncio
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def handled(by: Callable[[signal.Signals], None]) -> Generator[None]:
    """Pass SIGTERM, SIGINT and SIGHUP to `by` within the block; does nothing off the main thread.

    A handled signal is back at its default in every child. That matters for one that was ignored
    when we started (`&` in a shell script ignores SIGINT): children would inherit that, and Dagster
    copies it from SIGINT to SIGTERM. SIGHUP stays ignored if it was: that is what nohup asks for.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        loop.add_signal_handler(number, by, number)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
