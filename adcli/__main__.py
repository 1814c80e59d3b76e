"""The console script, and `python -m adcli`.

One command runs and the process ends, so nothing is gained by looking for reference cycles:
without the collector a run takes a twentieth less, be it small or large.
"""

import gc
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and leave."""
    gc.disable()
    try:
        from .cli import main as run

        run()
    except KeyboardInterrupt:  # while starting or leaving; `cli` answers for the time between
        sys.exit(130)


if __name__ == "__main__":
    main()
