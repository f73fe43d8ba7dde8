"""What people do in one window: write, sign in, look something up, lock the screen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from etl.simulate import keyboard as keys
from etl.simulate import pointer, secrets, words, writing
from etl.simulate.budget import behind
from etl.simulate.desk import Desk, close_field, focus, note_secret, rest

SPECIAL = (
    "secure login", "secure keys", "password manager", "private browsing", "lock screen",
    "secure pad", "open pad", "open pad",
)  # fmt: skip
DECK = (
    *SPECIAL,
    *("email", "chat", "documents", "browser") * 8,
    *("spreadsheet", "editor", "terminal") * 5,
    *("presentation", "files") * 2,
)
"""Each person goes through these windows in an order of their own, again and again."""

_SUFFIX = {
    "documents": "Word", "email": "Mail", "chat": "Chat", "browser": "Browser",
    "spreadsheet": "Excel", "editor": "Visual Studio Code", "terminal": "Terminal",
    "presentation": "Slides", "files": "Explorer",
}  # fmt: skip
_SECRET_KINDS = (*words.SECRETS, "person", "person", "customer")
_COMMANDS = ("git status", "ls -la", "make test", "git pull", "cd ..", "top")


def play(desk: Desk, name: str) -> None:
    """Plays one scene of `DECK`, from the window's coming up to its last key."""
    if desk.dice.chance(0.2):
        keys.hotkey(desk, "Tab", "Alt")
    _SCENES[name](desk)
    keys.settle(desk)
    desk.truth.behaviours[name] += 1


def _work(desk: Desk, category: str) -> None:
    _open(desk, category)
    rest(desk)
    if desk.dice.chance(0.5):
        pointer.wander(desk, content=True)
        pointer.click(desk)
    _WRITERS[category](desk)


def _open(desk: Desk, category: str) -> None:
    """Brings a work window up; a customer stands in one title of four, or in the address."""
    dice = desk.dice
    about = f"{dice.pick(words.POOLS['adj'])} {dice.pick(words.POOLS['n'])}"
    shared = desk.person.shared
    noted = []
    if dice.chance(0.25):
        customer = dice.pick(shared["customer"])
        about = f"{customer} {about}"
        noted.append(("customer", customer, "title"))
    url = ""
    if category == "browser":
        url = f"https://intranet.example/{dice.pick(words.POOLS['ns'])}"
        if dice.chance(0.3):
            code = dice.pick(shared["customer_code"])
            url = f"https://crm.example/accounts/{code}?tab=orders"
            noted.append(("customer_code", code, "url"))
    focus(desk, desk.person.apps[category], f"{about} - {_SUFFIX[category]}", url)
    for kind, text, where in noted:
        note_secret(desk, kind, text, where)


def _letter(desk: Desk, *, most: int, after: str, ahead: float = 0.0) -> None:
    """Writes sentences while keys are due, each ended by `after`; may run `ahead` of the budget."""
    for _ in range(most):
        if not behind(desk, "keys", ahead):
            return
        _sentence(desk)
        keys.type_text(desk, after)
        keys.settle(desk)
        rest(desk)


def _sentence(desk: Desk) -> None:
    kind = desk.dice.uniform()
    if kind < 0.05:
        writing.write(desk, writing.with_rare(desk), ordinary=False)
    elif kind < 0.1:
        what = desk.dice.pick(("api_key", "iban", "email", "address"))
        writing.paste_secret(desk, what, _some_secret(desk, what))
    elif kind < 0.26:
        _typed_secret(desk, desk.dice.pick(_SECRET_KINDS), words.SECRETS)
    else:
        writing.write(desk, writing.ordinary(desk), ordinary=True)


def _typed_secret(
    desk: Desk, kind: str, templates: dict[str, tuple[str, ...]], where: str = "field"
) -> None:
    text = _some_secret(desk, kind)
    began = desk.clock
    writing.write(desk, writing.with_secret(desk, kind, text, templates), ordinary=False)
    note_secret(desk, kind, text, where, began)


def _some_secret(desk: Desk, kind: str) -> str:
    """A secret of this person, one shared with two colleagues, or a fresh one."""
    which = desk.dice.uniform()
    if kind in desk.person.shared and which < 0.5:
        return desk.dice.pick(desk.person.shared[kind])
    return desk.person.own[kind] if which < 0.75 else secrets.secret(desk.dice, kind)


def _document(desk: Desk) -> None:
    _letter(desk, most=4, after=" ", ahead=150)
    if desk.typed.chars and desk.dice.chance(0.3):
        with keys.held(desk, "Shift"):
            keys.to_line_end(desk, "Home")
        keys.hotkey(desk, "c")
        keys.to_line_end(desk, "End")
    if desk.dice.chance(0.4):
        keys.hotkey(desk, "s")


def _mail(desk: Desk) -> None:
    _letter(desk, most=4, after="\n", ahead=150)
    if desk.typed.chars and desk.dice.chance(0.15):
        name = f"{desk.person.first} {desk.person.last}"
        began = desk.clock
        keys.type_text(desk, f"Regards, {name}")
        note_secret(desk, "person", name, "field", began)


def _chat(desk: Desk) -> None:
    _letter(desk, most=2, after="\n")


def _search(desk: Desk) -> None:
    """Fills a form in the browser: Tab leads from one field to the next."""
    for _ in range(2):
        if behind(desk, "keys"):
            _sentence(desk)
            keys.settle(desk)
            keys.press(desk, "Tab", "Tab")
            keys.settle(desk)
            close_field(desk, next_part=True)
            desk.truth.behaviours["tab"] += 1


def _code(desk: Desk) -> None:
    _letter(desk, most=2, after="\n")
    if desk.dice.chance(0.3):
        keys.press(desk, "F5", "F5")


def _shell(desk: Desk) -> None:
    dice = desk.dice
    for _ in range(2):
        if not behind(desk, "keys"):
            return
        if dice.chance(0.5):
            _typed_secret(desk, dice.pick(tuple(words.COMMANDS)), words.COMMANDS)
        else:
            writing.write(desk, dice.pick(_COMMANDS), ordinary=False)
        keys.type_text(desk, "\n")


def _look(desk: Desk) -> None:
    """Types nothing; now and then closes something with Escape."""
    if desk.dice.chance(0.3):
        keys.press(desk, "Escape", "Escape")


def _secure_login(desk: Desk) -> None:
    focus(desk, desk.person.apps["browser"], "Sign in", "https://login.example/", secure=True)
    rest(desk)
    _password(desk)
    keys.type_text(desk, "\n")


def _secure_keys(desk: Desk) -> None:
    """Signs in where only the password's keys are marked: the name before them is secure too."""
    focus(desk, desk.person.apps["browser"], "Log in", "https://portal.example/login")
    rest(desk)
    _plain_secret(desk, "email", "secure")
    keys.settle(desk)
    keys.press(desk, "Tab", "Tab")
    close_field(desk, next_part=True)
    desk.secure_keys = True
    _password(desk)
    keys.settle(desk)
    desk.secure_keys = False


def _password(desk: Desk) -> None:
    """Types the password into a secure field, or pastes it."""
    if desk.dice.chance(0.3):
        writing.paste_secret(desk, "password", _some_secret(desk, "password"), "secure")
    else:
        _plain_secret(desk, "password", "secure")


def _plain_secret(desk: Desk, kind: str, where: str) -> None:
    text, began = _some_secret(desk, kind), desk.clock
    keys.type_text(desk, text)
    note_secret(desk, kind, text, where, began)


def _password_manager(desk: Desk) -> None:
    app = desk.dice.pick(
        ("KeePassXC", "1Password.exe", "C:\\Program Files\\KeePassXC\\KeePassXC.exe")
    )
    focus(desk, app, f"Passwords - {app}", out=True)
    rest(desk)
    _plain_secret(desk, "password", "excluded")
    keys.type_text(desk, "\n")
    writing.paste_secret(desk, "api_key", _some_secret(desk, "api_key"), "excluded")


def _private_browsing(desk: Desk) -> None:
    if desk.dice.chance(0.5):
        focus(desk, "firefox", "Search - Private Browsing", "https://search.example/", out=True)
    else:
        focus(desk, "msedge.exe", "Search - InPrivate", "https://search.example/", out=True)
    rest(desk)
    _typed_secret(desk, desk.dice.pick(("person", "phone")), words.SECRETS, "excluded")
    writing.write(desk, writing.ordinary(desk), ordinary=True)


def lock(desk: Desk) -> None:
    """Locks the screen: what comes before the next window shall not be seen."""
    app = desk.dice.pick(("LockApp.exe", "LogonUI.exe", "loginwindow"))
    focus(desk, app, "Lock screen", out=True)


def _unlock(desk: Desk) -> None:
    lock(desk)
    rest(desk)
    _plain_secret(desk, desk.dice.pick(("pin", "password")), "excluded")
    keys.type_text(desk, "\n")


def _pad(desk: Desk, secure: bool) -> None:
    pin = _some_secret(desk, "pin")
    pointer.pin_pad(desk, pin, desk.person.apps["browser"], "Enter your PIN", secure=secure)


_WRITERS: dict[str, Callable[[Desk], None]] = {
    "documents": _document, "email": _mail, "chat": _chat, "browser": _search,
    "spreadsheet": _search, "editor": _code, "terminal": _shell, "presentation": _document,
    "files": _look,
}  # fmt: skip
_SCENES: dict[str, Callable[[Desk], None]] = {
    **{category: partial(_work, category=category) for category in _WRITERS},
    "secure login": _secure_login,
    "secure keys": _secure_keys,
    "password manager": _password_manager,
    "private browsing": _private_browsing,
    "lock screen": _unlock,
    "secure pad": partial(_pad, secure=True),
    "open pad": partial(_pad, secure=False),
}
