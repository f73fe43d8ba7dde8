"""Attackers: what they can learn from rows, beside who is not there and a guess without looking."""
