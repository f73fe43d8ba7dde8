"""How tasks run, behind one small interface."""
