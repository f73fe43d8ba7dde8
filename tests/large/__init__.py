"""Large runs, left to `make audit` and `make soak`."""
