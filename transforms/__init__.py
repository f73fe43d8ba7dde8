"""Pure functions from events to rows: no I/O, no clock, no privacy rules."""
