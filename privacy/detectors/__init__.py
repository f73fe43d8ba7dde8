"""Detectors: each gives findings, never text."""
