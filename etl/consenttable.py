"""What `[consent]` in `tacenda.toml` may say: it only ever removes more (C6, C23 to C25)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from privacy.pseudonyms import normal_id
from privacy.registry import Limits, WorkingHours
from privacy.zones import zone

_SECOND = 1_000_000
_HOUR = 3600 * _SECOND
_DAY = 24 * _HOUR
_DEFAULT_GUARD_S = 2
_REASON = 12  # characters that a reason has at least

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS = get_args(Day)
_Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
_Clock = Annotated[str, Field(strict=True, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]


class WorkingHoursTable(BaseModel):
    """One entry of `working_hours`: when some people work, or everybody whom no other names."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    zone: str
    days: tuple[Day, ...] = Field(default=_DAYS[:5], min_length=1)
    from_: _Clock = Field(default="08:00", alias="from")
    to: _Clock = "18:00"
    people: tuple[str, ...] | None = Field(default=None, min_length=1)

    @field_validator("zone")
    @classmethod
    def _known(cls, name: str) -> str:
        zone(name)
        return name

    @field_validator("from_")
    @classmethod
    def _begins(cls, clock: str) -> str:
        if clock == "24:00":
            raise ValueError("a day begins at 00:00")
        return clock

    @field_validator("people")
    @classmethod
    def _named(cls, people: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if people is not None and not all(map(normal_id, people)):
            raise ValueError("an id is empty")
        return people

    def hours(self) -> WorkingHours:
        """The entry as the rules take it."""
        days = tuple(sorted({_DAYS.index(day) for day in self.days}))
        return WorkingHours(self.zone, days, _minutes(self.from_), _minutes(self.to), self.people)


class ConsentTable(BaseModel):
    """What the project sets about consent; looser than the defaults only with a reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    guard_s: _Number = Field(default=_DEFAULT_GUARD_S, ge=0, le=86_400)
    cooling_off_h: _Number = Field(default=0, ge=0, le=1_000_000)
    retention_days: _Number | None = Field(default=None, gt=0, le=100_000)
    working_hours: tuple[WorkingHoursTable, ...] = ()
    i_accept: str | None = None

    @field_validator("i_accept")
    @classmethod
    def _reason(cls, reason: str | None) -> str | None:
        if reason is not None and len(reason.strip()) < _REASON:
            raise ValueError(f"say why in at least {_REASON} characters, or leave it out")
        return reason

    @model_validator(mode="after")
    def _tighter(self) -> ConsentTable:
        if self.guard_s < _DEFAULT_GUARD_S and self.i_accept is None:
            raise ValueError(
                f"guard_s is less than {_DEFAULT_GUARD_S}, which removes less than people were "
                'promised: make it longer, or add i_accept = "…" with the reason'
            )
        return self

    @model_validator(mode="after")
    def _once(self) -> ConsentTable:
        named = [
            normal_id(one) if one else None
            for entry in self.working_hours
            for one in {*(entry.people or (None,))}
        ]
        if len(set(named)) < len(named):
            raise ValueError("two entries of working_hours hold for the same people")
        return self

    def shown(self) -> dict[str, Any]:
        """These settings for a report, which may hold no ids: of people only how many are named."""
        values = self.model_dump(mode="json", by_alias=True)
        for entry in values["working_hours"]:
            entry["people"] = None if entry["people"] is None else len(entry["people"])
        return values

    def limits(self, now: int) -> Limits:
        """These settings as of a time, in microseconds since the epoch."""
        young, old = self.cooling_off_h, self.retention_days
        return Limits(
            guard_us=round(self.guard_s * _SECOND),
            not_from=now - round(young * _HOUR) if young else None,
            not_before=None if old is None else now - round(old * _DAY),
            working_hours=tuple(entry.hours() for entry in self.working_hours),
        )


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
