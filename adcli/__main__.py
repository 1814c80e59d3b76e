"""The console script, and `python -m adcli`.

One command runs and the process ends, so nothing is gained by looking for reference cycles:
without the collector, starting takes a tenth less, and building a graph of a million nodes half.
"""

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line and leave."""
    gc.disable()
    from .cli import main as run

    run()


if __name__ == "__main__":
    main()
