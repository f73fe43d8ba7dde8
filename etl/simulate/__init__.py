"""People at work, made up: capture logs, consent registries and an answer key."""

from etl.simulate.run import SimulationReport, simulate

__all__ = ["SimulationReport", "simulate"]
