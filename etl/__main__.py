"""`python -m etl` is `tacenda`."""

from etl.cli import main

if __name__ == "__main__":
    main()
