"""Lines of a terminal that may be a password: what was typed after a command that asks for one.

A terminal's password is in no secure field, and nothing in the line itself shows what it is.
"""

from __future__ import annotations

import polars as pl

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
    rf"(?is)(?:^|[^\w.-])(?:{_ANYWHERE})(?:\.exe)?(?:$|[^\w.-])"
    rf"|(?:password|passphrase|passwort|passcode)\s*(?:for\s+\S+)?\s*:\s*$"
    rf"|{_COMMAND}(?:(?:{_AT_START})\s*(?:$|[|;&)}}])|(?:{_WITHIN}))"
)
"""Whether a line asks for a password: a regular expression of Rust's, searched within it."""

_ONE_TOKEN = r"^\s*\S*\s*$"


def hidden(
    category: pl.Series, follows: pl.Series, follows_2: pl.Series, follows_3: pl.Series
) -> pl.Series:
    """Which segments may be a password that was asked for, and so must be dropped whole.

    `category` is the application's, null where it is not known. `follows`, `follows_2` and
    `follows_3` are what was typed one, two and three lines before in the same window, as it stood
    when it was sent; null where there was no such line. Gives Boolean, never null, in the order of
    the rows. Where the category is of `CATEGORIES`, a segment is hidden if

    - the line before it asks for a password (`ASKS`);
    - or the line two before it does, and the one between is a single token without white space: a
      wrong password is asked again;
    - or the line three before it does, and both between are single tokens: `passwd` asks thrice.

    An empty line is a single token too. It does not matter what the segment itself is, so that it
    is not looked at: a password may look like a command.
    """
    lines = pl.DataFrame({"app": category, "one": follows, "two": follows_2, "three": follows_3})
    asks = {name: pl.col(name).str.contains(ASKS).fill_null(False) for name in lines.columns[1:]}
    single = {name: pl.col(name).str.contains(_ONE_TOKEN).fill_null(False) for name in asks}
    after = (
        asks["one"]
        | (asks["two"] & single["one"])
        | (asks["three"] & single["two"] & single["one"])
    )
    typed = pl.col("app").fill_null("other").is_in(CATEGORIES)
    return lines.select((typed & after).alias("hidden")).to_series()
