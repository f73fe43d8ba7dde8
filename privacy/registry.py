"""What the registries, later requests and the project say about consent, as frozen values.

`row` says where a value stands: the line of a CSV or JSON Lines file, the row of a Parquet file,
the number of a request; None where it was made elsewhere. It never counts in a comparison.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Exemption:
    """One row of the exemptions registry; times in microseconds."""

    user_id: str
    status: str
    scope: str = "all"
    requested_at: int | None = None
    decided_at: int | None = None
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Pause:
    """One row of the pauses registry; times in microseconds, `end` None where it has none."""

    user_id: str
    start: int
    end: int | None = None
    device_id: str | None = None
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Exclusion:
    """One row of the exclusions registry; absent patterns are None."""

    app: str | None = None
    title: str | None = None
    url: str | None = None
    user_id: str | None = None
    effect: str = "drop"
    reason: str = ""
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Withdrawal:
    """What a person asked afterwards to have forgotten (C21); times in microseconds.

    Without `start` it reaches back for ever, without `end` it goes on for ever.
    """

    user_id: str
    start: int | None = None
    end: int | None = None
    scope: str = "all"
    row: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class WorkingHours:
    """When people work (C25): days of the week (0 is Monday), minutes after midnight in a zone.

    `users` None stands for everybody whom no other entry names. A `till` at or before `from_`
    is on the following day.
    """

    zone: str
    days: tuple[int, ...]
    from_: int
    till: int
    users: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Limits:
    """What the project itself sets, which can only remove more; times in microseconds.

    Events at or after `not_from` are too young (C23), those before `not_before` too old (C24);
    None sets no such limit.
    """

    guard_us: int = 2_000_000
    not_from: int | None = None
    not_before: int | None = None
    working_hours: tuple[WorkingHours, ...] = ()


@dataclass(frozen=True)
class Registries:
    """Everything that decides about consent besides the capture itself.

    The three registries as read, with the digest of each file by its name; what was asked
    afterwards; what the project sets. The first `shipped` exclusions come with Tacenda.
    """

    exemptions: tuple[Exemption, ...] = ()
    pauses: tuple[Pause, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    digests: dict[str, str] = field(default_factory=dict)
    shipped: int = 0
    withdrawals: tuple[Withdrawal, ...] = ()
    limits: Limits = Limits()

    @property
    def own_exclusions(self) -> tuple[Exclusion, ...]:
        """The exclusions that the project added."""
        return self.exclusions[self.shipped :]
