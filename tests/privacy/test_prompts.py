"""Which lines of a terminal are dropped because of what was typed before them."""

from __future__ import annotations

import polars as pl
import pytest

from privacy.prompts import UNSEEN, hidden

ASKING = [
    "sudo apt update", "ls | sudo tee x", "/usr/bin/sudo -s", "$ sudo ls", "ann@box:~$ sudo ls",
    "FOO=1 sudo x", "su", "su -", "su - ann",
    "su ann", "su -c 'ls /' ann", "doas ls", "ssh box", "ssh ann@box -p 22",
    "passwd", "passwd ann", "login", "login ann", "gpg -d x.gpg",
    "gpg2 --sign x", "mysql -u root -p",
    "mysql -p -u root", "mysqldump --password db", "psql -W db", "kinit ann@CORP",
    "cryptsetup open /dev/sda x",
    "openssl rsa -in k.pem", "scp a b:c", "sftp box", "docker login", "docker login registry.x",
    "az login", "aws configure", "aws sso login", "runas /user:ann cmd", "net use z: \\\\s\\d",
    "htpasswd -c f ann", "read -s PW", "read -sp 'pw: ' x", "ssh-keygen -t ed25519", "ssh-add",
    "git push", "git pull origin main", "git clone https://x/y", "SUDO ls", "cd x; su",
    "cd x && sudo ls",
    "npm login", "gh auth login", "op signin", "Enter-PSSession box", "$c = Get-Credential",
    "Read-Host -AsSecureString", "python manage.py createsuperuser", "ansible-playbook x.yml -K",
    "sudo.exe ls", "time sudo ls", "ssh", "[sudo] password for ann:", "zip -e a.zip b", "7z x a.7z",
    "systemctl restart nginx", "curl -u ann http://x",
]  # fmt: skip
NOT_ASKING = [
    "ls -la", "cd /home", "git status", "git commit -m 'x'", "python x.py", "the issue is pseudo",
    "su casa es muy grande", "lo hizo su hermano", "please login to the portal", "mysql -u root",
    "docker run x", "we passed", "vim ssh_config", "sudoku", "",
    "issue", "pip install x", "echo hello",
]  # fmt: skip


def series(*values: str | None) -> pl.Series:
    return pl.Series(values, dtype=pl.String)


def one(app: str | None, *before: str | None) -> bool:
    """Whether a segment is hidden after these lines, the nearest first."""
    lines = [series(line) for line in [*before, None, None, None][:3]]
    return bool(hidden(series(app), *lines)[0])


@pytest.mark.parametrize("line", ASKING)
def test_the_line_after_a_command_that_asks_is_hidden(line: str) -> None:
    assert one("terminal", line)
    assert one("other", line)
    assert one(None, line)
    assert one("editor", line)
    assert not one("browser", line)


@pytest.mark.parametrize("line", NOT_ASKING)
def test_the_line_after_any_other_is_not(line: str) -> None:
    assert not one("terminal", line)


CASES = [
    ("nothing before", (None, None, None), False),
    ("asked again", ("wrong", "sudo ls", None), True),
    ("asked a third time", ("wrong", "wronger", "sudo ls"), True),
    ("an empty line between", ("", "sudo ls", None), True),
    ("a command between", ("ls -l", "sudo ls", None), False),
    ("a command at first", ("wrong", "ls -l", "sudo ls"), False),
    ("a command at last", ("ls -l", "wrong", "sudo ls"), False),
    ("white space around one token", ("  wrong ", "passwd", None), True),
    ("the nearest decides too", ("sudo ls", "make it so", "ls"), True),
    ("unknown between", (None, "sudo ls", None), False),
]


@pytest.mark.parametrize(("before", "dropped"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_up_to_three_lines(before: tuple[str | None, ...], dropped: bool) -> None:
    assert one("terminal", *before) is dropped


def test_rows_are_answered_in_order_and_never_null() -> None:
    apps = series("terminal", "browser", None, "documents", "terminal")
    first = series("sudo ls", "sudo ls", "sudo ls", "sudo ls", None)
    none = pl.Series([None] * 5, dtype=pl.String)
    got = hidden(apps, first, none, none)
    assert got.to_list() == [True, False, True, False, False]
    assert got.dtype == pl.Boolean


def test_no_rows() -> None:
    assert hidden(*[pl.Series([], dtype=pl.String)] * 4).len() == 0


def test_one_prompt_asks_three_times() -> None:
    typed = ["passwd", "old", "new", "new", "ls -l", "done"]
    lines = pl.DataFrame({"text": typed}).with_columns(
        *(pl.col("text").shift(n).alias(f"before_{n}") for n in (1, 2, 3))
    )
    app = pl.Series(["terminal"] * len(typed))
    got = hidden(app, lines["before_1"], lines["before_2"], lines["before_3"])
    assert got.to_list() == [False, True, True, True, False, False]


SIX = ["python manage.py createsuperuser", "ann", "ann@corp.example", "first", "first"]


def test_what_asks_for_other_things_first_is_followed_for_six_lines() -> None:
    for n in range(1, len(SIX) + 1):
        lines = [series(line) for line in reversed(SIX[:n])]
        assert hidden(series("terminal"), *lines).item()
    between = [series(line) for line in ("a", "a", "a b", "a", "sudo ls")]
    assert not hidden(series("terminal"), *between).item()


NOT_KNOWN = [
    UNSEEN, f"{UNSEEN}sud", f"sud{UNSEEN}", f"ls; {UNSEEN}", f"/usr/bin/{UNSEEN} x",
    f"git pu{UNSEEN}", f"docker {UNSEEN}", f"mysq{UNSEEN} -p", f"cat x | s{UNSEEN}",
    f"o ls{UNSEEN}\nsud", f"cd plan {UNSEEN}\n",
]  # fmt: skip
KNOWN = [f"cd pro{UNSEEN}", f"ls -l re{UNSEEN} plan", f"vim src/{UNSEEN}", f"make a{UNSEEN}"]


@pytest.mark.parametrize("line", NOT_KNOWN)
def test_where_it_is_not_known_whether_a_line_asks_what_follows_is_hidden(line: str) -> None:
    def after(app: str, text: str) -> bool:
        return bool(hidden(series(app), series(line), text=series(text)).item())

    assert after("terminal", "one") and after("terminal", "two words")
    assert after("editor", "one") and not after("editor", "two words")
    assert not after("chat", "one")


@pytest.mark.parametrize("line", KNOWN)
def test_a_name_of_a_file_that_was_completed_asks_for_nothing(line: str) -> None:
    assert not hidden(series("terminal"), series(line), text=series("one")).item()


def test_what_was_pasted_with_its_end_asks_in_the_same_line() -> None:
    lines = [series("ls"), series(None)]
    for within, dropped in (("cd x\nsudo ls", True), ("sudo ls\ncd x", True), ("cd x", False)):
        got = hidden(series("terminal"), *lines, within=series(within), text=series("one"))
        assert got.item() is dropped


@pytest.mark.parametrize(
    ("before", "text", "dropped"),
    [
        (("my long phrase", "sudo ls"), "my long phrase", True),
        (("my long phrase", "sudo ls"), "ls -l plan", False),
        (("my long phrase", "ls -l"), "my long phrase", False),
        (("my new phrase", "my old phrase", "passwd"), "my new phrase", True),
        (("my old phrase", "passwd"), "my new phrase", True),
        (("my phrase", "plan", "ssh-keygen -t rsa"), "my phrase", True),
    ],
)
def test_phrases_of_several_words_are_asked_for_again(
    before: tuple[str, ...], text: str, dropped: bool
) -> None:
    lines = [series(line) for line in before]
    assert hidden(series("terminal"), *lines, text=series(text)).item() is dropped
