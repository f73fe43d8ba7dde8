"""`python -m etl` is `tacenda`, interrupted without a traceback even while it is being imported."""

import sys

from etl.errors import INTERRUPTED


def main() -> None:
    """Imports and runs `tacenda`."""
    try:
        from etl import cli

        cli.main()
    except KeyboardInterrupt:
        sys.stderr.write(f"error: {INTERRUPTED}\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
