"""Passwords that are words: how a command is given at a terminal, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable

from privacy import tape
from privacy.tape import Tape
from tests.etl import ways
from tests.etl.ways import ASKING, WAYS, Way

WORDS = ("summer", "mountain")
"""Passwords at a terminal. The first may be a name, and so never passes; the second does anywhere
else, so that nothing holds it back but what was typed before it."""
COMMON = "a password that is a word"

Prompt = Callable[[Tape, str, str], None]


def asked(session: Tape, number: int, secret: str) -> None:
    """A password after a command; how either is typed differs from one number to the next."""
    app = _TERMINALS[number % len(_TERMINALS)]
    tape.focus(session, app, title=f"shell {number} {secret[0]}")
    tape.line(session, "ls -l reports")
    PROMPTS[number % len(PROMPTS)](session, ASKING[number % len(ASKING)], secret)
    tape.wait(session, 2)
    tape.line(session, "ls -l reports")


_TERMINALS = ("gnome-terminal", "putty", "windowsterminal", "iterm2", "code", "unknown-thing")


def _answer(session: Tape, secret: str, way: Way = ways.typed) -> None:
    tape.wait(session, 1)
    way(session, "", secret, "")


def _by(way: Way) -> Prompt:
    """The password typed so, after a plain command."""

    def prompt(session: Tape, command: str, secret: str) -> None:
        tape.line(session, command)
        _answer(session, secret, way)

    return prompt


def _commanded(way: Way) -> Prompt:
    """The command typed so, then the password."""

    def prompt(session: Tape, command: str, secret: str) -> None:
        way(session, "", command, "")
        _answer(session, secret)

    return prompt


def _recalled(session: Tape, command: str, secret: str) -> None:
    """The command comes back from the shell's history."""
    tape.line(session, command)
    _answer(session, secret)
    tape.line(session, "make it so")
    for _ in range(2):
        tape.press(session, "ArrowUp")
    tape.press(session, "Enter")
    _answer(session, secret)


def _searched(session: Tape, command: str, secret: str) -> None:
    tape.press(session, "r", mods="Control")
    tape.line(session, command[:3])
    _answer(session, secret)


def _never_seen(session: Tape, command: str, secret: str) -> None:
    """From a history that no recording holds."""
    tape.press(session, "ArrowUp")
    tape.press(session, "Enter")
    _answer(session, secret)


def _pasted_line(session: Tape, command: str, secret: str) -> None:
    """With its end, so that it runs at once."""
    tape.press(session, "v", mods="Control+Shift")
    tape.put(session, "paste", text=f"cd plan\n{command}\n")
    _answer(session, secret)


def _pasted_unseen(session: Tape, command: str, secret: str) -> None:
    tape.press(session, "v", mods="Control+Shift")
    tape.press(session, "Enter")
    _answer(session, secret)


def _completed(session: Tape, command: str, secret: str) -> None:
    """The name of the command by Tab."""
    tape.write(session, command[:2])
    tape.press(session, "Tab")
    tape.line(session, command[len(command.split()[0]) :])
    _answer(session, secret)


def _from_the_middle(session: Tape, command: str, secret: str) -> None:
    """Sent with the caret where a letter was left out."""
    tape.write(session, command[0] + command[2:])
    for _ in command[2:]:
        tape.press(session, "ArrowLeft")
    tape.line(session, command[1])
    _answer(session, secret)


def _suggested(session: Tape, command: str, secret: str) -> None:
    """The shell suggests the rest of the command, which an arrow takes."""
    tape.write(session, command[:1])
    tape.press(session, "ArrowRight")
    tape.press(session, "Enter")
    _answer(session, secret)


def _line_feed(session: Tape, command: str, secret: str) -> None:
    """A command of the keyboard in place of Enter."""
    tape.write(session, command)
    tape.press(session, "j", mods="Control")
    _answer(session, secret)


def _tabbed(session: Tape, command: str, secret: str) -> None:
    """A Tab within the password."""
    tape.line(session, command)
    tape.write(session, secret[:3])
    tape.press(session, "Tab")
    tape.line(session, secret[3:])


def _put_before(session: Tape, command: str, secret: str) -> None:
    """`sudo` is put before what was refused."""
    tape.line(session, "apt update now")
    tape.press(session, "ArrowUp")
    tape.press(session, "Home")
    tape.line(session, "sudo ")
    _answer(session, secret)


def _retitled(session: Tape, command: str, secret: str) -> None:
    """The window's title tells what runs."""
    tape.line(session, command)
    app = next(e["app"] for e in reversed(session.events) if e["type"] == "focus")
    tape.put(session, "focus", app=app, title=command)
    _answer(session, secret)


def _come_back(session: Tape, command: str, secret: str) -> None:
    """Somewhere else between the command and the password."""
    app, title = next(
        (e["app"], e["title"]) for e in reversed(session.events) if e["type"] == "focus"
    )
    tape.line(session, command)
    tape.focus(session, "winword", title="plan")
    tape.line(session, "we are here now")
    tape.focus(session, app, title=title)
    _answer(session, secret)


def _wrong_first(session: Tape, command: str, secret: str) -> None:
    tape.line(session, command)
    for wrong in ("winter", secret):
        tape.wait(session, 1)
        tape.line(session, wrong)
    _answer(session, secret)


def _asked_long(session: Tape, command: str, secret: str) -> None:
    """A command that asks for other things first."""
    for line in ("python manage.py createsuperuser", "ann", "ann@corp.example", secret):
        tape.line(session, line)
    _answer(session, secret)


def _clicked(session: Tape, command: str, secret: str) -> None:
    tape.line(session, command)
    tape.click(session, 30, 20)
    tape.wait(session, 2)
    _answer(session, secret)


def _in_the_line(line: str) -> Prompt:
    return lambda session, _, secret: tape.line(session, line.replace("{s}", secret))


PROMPTS: tuple[Prompt, ...] = (
    *(_by(way) for name, way in WAYS.items() if name not in ("at a prompt", "on many days")),
    *(
        _commanded(way)
        for name, way in WAYS.items()
        if name in ("with typos", "with the caret", "pasted", "composed", "replaced", "held")
    ),
    _recalled, _searched, _never_seen, _pasted_line, _pasted_unseen, _completed, _tabbed,
    _put_before, _from_the_middle, _suggested, _line_feed,
    _retitled, _come_back, _wrong_first, _asked_long, _clicked,
    *(
        _in_the_line(line)
        for line in (
            "mysql -u root -p{s} shop", "sshpass -p {s} ssh box", "curl -u ann:{s} http://box",
            "export DB_PASSWORD={s}", "echo {s} | sudo -S ls", "docker login -u ann -p {s}",
            "smbclient //box/share {s}", "setx PASSWORD {s}", "keytool -storepass {s} -list",
            "ALTER USER ann IDENTIFIED BY '{s}';", "CREATE USER ann PASSWORD '{s}';",
            "nmcli dev wifi connect home password {s}", "wpa_passphrase home {s}",
            "requirepass {s}", "ldapsearch -w {s} -x", "zip -P {s} a.zip b", "net user ann {s}",
            "openssl enc -k {s} -in plan", "net use z: \\\\box\\share {s} /user:ann",
        )
    ),
)  # fmt: skip
"""How a command is given and how its password is typed."""
