"""The console script, and `python -m adcli`.

One command runs and the process ends, so nothing is gained by looking for reference cycles:
without the collector a run takes a twentieth less, be it small or large.
"""

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> "NoReturn":
    """Run the command line in a process that is watched, and leave."""
    gc.disable()
    try:
        from . import watch
    except KeyboardInterrupt:
        sys.exit(130)
    watch.supervise(_work)


def _work() -> int:
    """Run the command line; what ends it while it starts or leaves ends here, the rest in `cli`."""
    from . import supervision

    try:
        from .cli import main as run

        return run()
    except supervision.OutOfTime as stop:
        error = supervision.time_error(stop)
    except MemoryError:
        supervision.BALLAST.clear()
        error = supervision.memory_error()
    os.write(2, f"error: {error.render()}\n".encode())
    return error.exit_code


if __name__ == "__main__":
    main()
