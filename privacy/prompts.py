"""Lines of a terminal that may be a password: what was typed after a command that asks for one.

A terminal's password is in no secure field, and nothing in the line itself shows what it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_SHELL = ("terminal",)
CATEGORIES = ("terminal", "other", "editor", "remote", "database", "system")
"""Categories of applications in which commands may be typed: an editor has a terminal in it, and a
remote desktop anything. An application that is not known counts as `other`."""

_ANYWHERE_WORDS = """
sudo sudoedit doas pkexec gksudo kdesudo ssh sftp scp sshfs ssh-add ssh-copy-id ssh-keygen
ssh-agent mosh autossh passwd chpasswd smbpasswd gpasswd vncpasswd ldappasswd kpasswd htpasswd
htdigest mkpasswd kinit cryptsetup veracrypt truecrypt luksopen gpg gpg2 openssl keytool jarsigner
runas smbclient mount.cifs rdesktop xfreerdp mstsc openvpn openconnect vpnc ldapsearch ldapmodify
ldapadd psql pgcli pg_dump pg_restore pg_dumpall createuser sqlplus sqlcmd isql mysqlsh mongosh
ansible-vault restic duplicity keepassxc-cli enter-pssession new-pssession get-credential
evil-winrm wpa_passphrase visudo vipw chfn chsh su-exec rlogin telnet ftp lftp borg
"""

_AT_START = (
    r"su(?:\s+-\S*)*(?:\s+[\w.-]+)?(?:\s+-c\s.*)?"
    r"|login(?:\s+[\w.@-]+)?|logon(?:\s.*)?|newgrp(?:\s.*)?|sg\s.*|pass(?:\s+(?:insert|edit|generate|show|-c).*)?"
    r"|(?:adduser|useradd|usermod|createuser)\s.*"
    r"|security\s.*|hdiutil\s.*|diskutil\s.*|fdesetup\s.*|dscl\s.*"
    r"|op\s+(?:signin|account).*|bw\s+(?:login|unlock).*|age\s.*|rsync\s.*:.*|rsync"
    r"|git\s+(?:push|pull|clone|fetch|ls-remote|submodule|remote\s+update)(?:\s.*)?"
    r"|(?:7z|7za|zip|unzip|rar|unrar|qpdf|pdftk)\s.*|svn\s.*|hg\s+(?:push|pull|clone).*"
    r"|redis-cli(?:\s.*)?|auth(?:\s.*)?|read\s.*|stty\s+-echo.*|connect(?:\s.*)?"
)

_WITHIN = (
    r"(?:mysql\w*|mariadb\w*|mongo\w*)\s(?:.*\s)?(?:-p|--password)(?:\s.*)?"
    r"|(?:docker|podman|nerdctl|buildah|skopeo|oras|helm\s+registry|npm|yarn|pnpm|heroku|oc|cf|vault"
    r"|hf|huggingface-cli|wandb|fly|flyctl|vercel|netlify|firebase|wrangler|kaggle|conda|anaconda"
    r"|az|aws|aws\s+sso|gcloud\s+auth|gcloud\s+auth\s+application-default|gh\s+auth|glab\s+auth"
    r"|doctl\s+auth|argocd|tsh|snyk|terraform|pulumi|sfdx|ibmcloud|oci|tailscale|azd\s+auth)"
    r"\s+(?:login|logon|signin|adduser|init|configure)(?:\s.*)?"
    r"|aws\s+configure.*|(?:doctl|oci)\s+(?:auth|setup).*|twine\s+upload.*|cargo\s+login.*"
    r"|net\s+(?:use|user)(?:\s.*)?|cmdkey\s.*|mount\s.*(?:cifs|smb|nfs).*|sc\s+config.*"
    r"|nmcli\s.*(?:ask|wifi|connect).*|ansible\S*\s.*(?:-k|-K|--ask|--ask-\S+|-b)(?:\s.*)?"
    r"|rabbitmqctl\s.*(?:add_user|change_password).*|\S*\s*manage\.py\s+(?:createsuperuser|changepassword).*"
    r"|read\s+-\w*s.*|read-host\s.*|connect-\w+.*|.*-assecurestring.*|.*getpass.*|.*askpass.*"
    r"|nc\s.*|ncat\s.*|curl\s+(?:.*\s)?(?:-u|--user)(?:\s.*)?|wget\s.*--ask-password.*"
    r"|systemctl\s.*|pkcs\S*\s.*|certutil\s.*|bitcoin-cli\s.*|geth\s.*|ykman\s.*|borg\s.*"
)

_ANYWHERE = "|".join(sorted(_ANYWHERE_WORDS.split()))
# A command stands where a line starts or another ends, after a prompt, a path or what runs it.
_COMMAND = (
    r"(?:^|[|;&({`]|\$\(|^\S*[$#%>]\s)\s*"
    r"(?:(?:\w+=\S*|env|exec|command|nohup|time|watch|then|do|else|if|!|winpty|wsl|builtin)\s+)*"
    r"(?:\S*[/\\])?"
)
ASKS = (
    rf"(?ims)(?:^|[^\w.-])(?:{_ANYWHERE})(?:\.exe)?(?:$|[^\w.-])"
    rf"|(?:password|passphrase|passwort|passcode)\s*(?:for\s+\S+)?\s*:\s*$"
    rf"|{_COMMAND}(?:(?:{_AT_START})\s*(?:$|[|;&)}}])|(?:{_WITHIN}))"
)
"""Whether a line asks for a password: a regular expression of Rust's, searched within it."""


UNSEEN = "\ufffc"
"""Stands in a line for text that may have come in and is not known, by history or completion."""
_MAY_ASK = (
    rf"(?im){_COMMAND}\S*{UNSEEN}|{UNSEEN}\n"
    rf"|{_COMMAND}(?:sudo|git|docker|podman|npm|yarn|pnpm|aws|az|gcloud|gh|glab|hg|svn|mysql\w*|mariadb"
    rf"|mongo\w*|net|zip|7z|openssl|conda|vault|heroku|oc|ansible\S*|curl|wget|read|nmcli|\S*python\S*)"
    rf"\s[^|;&\n]*{UNSEEN}"
)
"""Whether a line may ask for one, for all that is known of it."""
_CHANGES = (
    r"(?i)(?:^|[^\w.-])(?:\w*passwd|ssh-keygen|cryptsetup|veracrypt|keytool|gpg2?|kinit|adduser"
    r"|createuser|createsuperuser|changepassword)(?:$|[^\w.-])"
)
"""Commands that ask for more than one password, the new one twice."""
_ONE_TOKEN = r"^\s*\S*\s*$"


def hidden(
    category: pl.Series,
    *lines: pl.Series,
    within: pl.Series | None = None,
    text: pl.Series | None = None,
) -> pl.Series:
    """Which segments may be a password that was asked for, and so must be dropped whole.

    `category` is the application's, null where it is not known. `lines` are what was typed one,
    two and more lines before in the same window, as it stood when it was sent, null where there
    was no such line; `within` is what of the segment's own line was sent before its end. Gives
    Boolean, never null, in the order of the rows. Where the category is of `CATEGORIES`, a segment
    is hidden if

    - `within` or the line before it asks for a password (`ASKS`);
    - or a line further back does, and those between are single tokens without white space: a
      wrong password is asked again, and a name may be asked for first;
    - or the line two before it does, and the one between is the same text again;
    - or one of the three lines before asks for a new password, which is typed twice.

    An empty line is a single token too. It does not matter what the segment itself is: a password
    may look like a command. Where it is not known whether a line asks (`UNSEEN`), segments of a
    terminal are hidden all the same, and of other applications those (`text`) of a single token.
    """
    named = {f"line {n}": line for n, line in enumerate(lines)}
    empty = pl.Series([None] * category.len(), dtype=pl.String)
    text, within = empty if text is None else text, empty if within is None else within
    frame = pl.DataFrame({"app": category, "text": text, "within": within, **named})
    said = [pl.col("within"), *(pl.col(name) for name in named)]
    app = pl.col("app").fill_null("other")
    alone = pl.col("text").str.contains(_ONE_TOKEN).fill_null(True)
    asks = _after(said, ASKS) | _twice(said[1:], pl.col("text"))
    may = _after(said, _MAY_ASK) & (app.is_in(_SHELL) | alone)
    return frame.select((app.is_in(CATEGORIES) & (asks | may)).alias("hidden")).to_series()


def _after(said: Sequence[pl.Expr], pattern: str) -> pl.Expr:
    """Whether a line matches, and all that was typed since is single tokens."""
    within, *lines = said
    found, single = within.str.contains(pattern).fill_null(False), pl.lit(True)
    for line in lines:
        found |= line.str.contains(pattern).fill_null(False) & single
        single &= line.str.contains(_ONE_TOKEN).fill_null(False)
    return found


def _twice(lines: Sequence[pl.Expr], text: pl.Expr) -> pl.Expr:
    """Whether a text is asked for again, or is one of two that a new password takes."""
    found = pl.any_horizontal(*(line.str.contains(_CHANGES) for line in lines[:3]), pl.lit(False))
    if len(lines) > 1:
        again = lines[0].str.strip_chars() == text.str.strip_chars()
        found |= lines[1].str.contains(ASKS) & again
    return found.fill_null(False)
