"""Moves data: the only room that opens files, DuckDB, the network or the clock."""
