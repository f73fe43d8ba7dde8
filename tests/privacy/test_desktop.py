"""What desktops show, dates of birth, descriptions that single out, passwords in context."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from privacy.detectors import dates, desktop, identifiers, secrets, titles
from privacy.findings import Finding

Find = Callable[[str], Iterator[Finding]]

FIRES: list[tuple[Find, str, str, str]] = [
    (desktop.find, "post it in #deal-acme today", "HANDLE", "#deal-acme"),
    (desktop.find, "in #summer now", "HANDLE", "#summer"),
    (desktop.find, "clone acme/deal-room now", "HANDLE", "acme/deal-room"),
    (desktop.find, "git clone blue/river", "HANDLE", "blue/river"),
    (desktop.find, "git checkout feature/blue-river", "HANDLE", "feature/blue-river"),
    (desktop.find, "git@github.com:acme/secret.git", "URL", "git@github.com:acme/secret.git"),
    (desktop.find, "on build.corp.internal:80", "URL", "build.corp.internal:80"),
    (desktop.find, "host: summer", "URL", "summer"),
    (desktop.find, "ssh build-01.acme", "URL", "build-01.acme"),
    (desktop.find, "at 10.1.2.3/8 here", "IP", "10.1.2.3/8"),
    (desktop.find, "the 192.168.1 net", "IP", "192.168.1"),
    (desktop.find, "fe80::1ff:fe23:4567:890a ok", "IP", "fe80::1ff:fe23:4567:890a"),
    (desktop.find, "2001:db8::1 ok", "IP", "2001:db8::1"),
    (desktop.find, "mac 00:1A:2B:3C:4D:5E", "IP", "00:1A:2B:3C:4D:5E"),
    (desktop.find, "mac 001a.2b3c.4d5e", "IP", "001a.2b3c.4d5e"),
    (desktop.find, r"\\server\share\deal room", "PATH", r"\\server\share\deal room"),
    (desktop.find, "the customer Acme Widgets wants it", "ORG", "Acme Widgets"),
    (desktop.find, "the deal with blue river is done", "ORG", "blue river"),
    (desktop.find, "Kunde Müller Bau hat angerufen", "ORG", "Müller Bau"),
    (desktop.find, "le client rivière bleue est là", "ORG", "rivière bleue"),
    (desktop.find, "el cliente rio azul es nuevo", "ORG", "rio azul"),
    (desktop.find, "il cliente fiume blu è qui", "ORG", "fiume blu"),
    (desktop.find, "de klant blauwe rivier is er", "ORG", "blauwe rivier"),
    (desktop.find, "o cliente rio azul é novo", "ORG", "rio azul"),
    (desktop.find, "client: north star foods", "ORG", "north star foods"),
    (desktop.find, "project titan closes today", "ORG", "titan"),
    (desktop.find, "Acme Holdings Ltd. is big", "ORG", "Acme Holdings Ltd"),
    (desktop.find, "from blue river gmbh today", "ORG", "blue river gmbh"),
    (dates.find, "born 14 july 1985 in x", "DATE", "14 july 1985"),
    (dates.find, "she was born in 1985", "DATE", "1985"),
    (dates.find, "DOB: 07/14/85", "DATE", "07/14/85"),
    (dates.find, "geb. am 14.07.85", "DATE", "14.07.85"),
    (dates.find, "née le 3 mars 1990", "DATE", "3 mars 1990"),
    (dates.find, "nacido el 5 de mayo de 1977", "DATE", "5 de mayo de 1977"),
    (dates.find, "nato il 4 giugno 1980", "DATE", "4 giugno 1980"),
    (dates.find, "geboren op 3 mei 1999", "DATE", "3 mei 1999"),
    (dates.find, "nascido em 1 de maio de 1960", "DATE", "1 de maio de 1960"),
    (dates.find, "my birthday is july 14", "DATE", "july 14"),
    (titles.find, "the head of legal in the Vienna office", "PERSON",
     "head of legal in the Vienna office"),
    (titles.find, "ask the head of legal in vienna", "PERSON", "head of legal in vienna"),
    (titles.find, "the Vienna office's head of legal", "PERSON", "Vienna office's head of legal"),
    (titles.find, "directrice des ventes à Lyon", "PERSON", "directrice des ventes à Lyon"),
    (titles.find, "the ceo of the madrid branch", "PERSON", "ceo of the madrid branch"),
    (identifiers.find, "order no 4711", "ID", "4711"),
    (identifiers.find, "Az. 12 O 34/22", "ID", "12 O 34/22"),
    (identifiers.find, "see INV-2024-0099", "ID", "INV-2024-0099"),
    (identifiers.find, "JIRA-1234 is open", "ID", "JIRA-1234"),
    (identifiers.find, "Kundennummer: 998877", "ID", "998877"),
    (identifiers.find, "facture n° 2024-77", "ID", "2024-77"),
    (identifiers.find, "see src/deal/acme", "PATH", "src/deal/acme"),
    (identifiers.find, r"CORP\jsmith", "PATH", r"CORP\jsmith"),
    (identifiers.find, "cd reports", "PATH", "reports"),
    (identifiers.find, "benutzername ist summer", "HANDLE", "summer"),
    (identifiers.find, "logged in as summer", "HANDLE", "summer"),
    (secrets.find, "the password is summer rain, use it", "PASSWORD", "summer rain,"),
    (secrets.find, "the password is summer and you can log in", "PASSWORD", "summer"),
    (secrets.find, "das WLAN-Passwort lautet sommer", "PASSWORD", "sommer"),
    (secrets.find, "le mot de passe est été", "PASSWORD", "été"),
    (secrets.find, "mdp: soleil", "PASSWORD", "soleil"),
    (secrets.find, "la contraseña es verano", "PASSWORD", "verano"),
    (secrets.find, "la password è estate", "PASSWORD", "estate"),
    (secrets.find, "het wachtwoord is zomer", "PASSWORD", "zomer"),
    (secrets.find, "a senha é verão", "PASSWORD", "verão"),
    (secrets.find, "passphrase: correct horse battery staple", "PASSWORD",
     "correct horse battery staple"),
    (secrets.find, "use summer to log in", "PASSWORD", "summer"),
    (secrets.find, "log in with ann and summer", "PASSWORD", "ann and summer"),
    (secrets.find, "password hunter2!", "PASSWORD", "hunter2!"),
    (secrets.find, "it is Tr0ub4dor&3x ok", "PASSWORD", "Tr0ub4dor&3x"),
    (secrets.find, "mysql -u root -psummer", "SECRET", "summer"),
    (secrets.find, "sshpass -p summer ssh x", "SECRET", "summer"),
    (secrets.find, "smbclient //box/share summer", "SECRET", "summer"),
    (secrets.find, "setx PASSWORD summer", "SECRET", "summer"),
    (secrets.find, "keytool -storepass summer -list", "SECRET", "summer"),
    (secrets.find, "ALTER USER ann IDENTIFIED BY 'our summer'", "SECRET", "'our summer'"),
    (secrets.find, "create role ann with login password 'summer';", "SECRET", "'summer'"),
    (secrets.find, "nmcli dev wifi connect home password summer", "SECRET", "summer"),
    (secrets.find, "wpa_passphrase home summer", "SECRET", "home summer"),
    (secrets.find, "requirepass summer", "SECRET", "summer"),
    (secrets.find, "curl -u ann:summer x", "SECRET", "ann:summer"),
    (secrets.find, "echo summer | sudo -S ls", "SECRET", "summer"),
    (secrets.find, "export DB_PASSWORD=summer", "SECRET", "summer"),
    (secrets.find, "docker login -u a -p summer", "SECRET", "summer"),
    (secrets.find, "htpasswd -b f ann summer", "SECRET", "f ann summer"),
    (secrets.find, r"net use x: \\s\d /user:ann summer", "SECRET", "summer"),
]  # fmt: skip

QUIET: list[tuple[Find, str]] = [
    (desktop.find, "our customers love it, the customer service team is good"),
    (desktop.find, "issue #1 and/or 1/2 at 10:30:00, the # key"),
    (desktop.find, "the project is late, the client has it, a good deal of work"),
    (desktop.find, "it's a big corp. we know, e.g. this one"),
    (dates.find, "may 3 people come, or 10 minutes later in march"),
    (dates.find, "she was born to run"),
    (titles.find, "head of the house in general, the manager in charge, a partner in crime"),
    (titles.find, "our doctor is in, at the office"),
    (identifiers.find, "in order to see the case, the user is here"),
    (identifiers.find, "he/she and/or them, 1/2/2024"),
    (secrets.find, "the token is not valid, the password is wrong, so try again"),
    (secrets.find, "she signed in with ease; a code review; the key is to log everything"),
    (secrets.find, "identified by the team, create user accounts, set the key to the plan"),
    (secrets.find, "das Passwort ist falsch, le mot de passe est incorrect"),
]


def kinds(find: Find, text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for finding in find(text):
        found.setdefault(finding.kind, set()).add(text[finding.start : finding.end])
    return found


@pytest.mark.parametrize(("find", "text", "kind", "expected"), FIRES)
def test_fires(find: Find, text: str, kind: str, expected: str) -> None:
    assert expected in kinds(find, text).get(kind, set())


@pytest.mark.parametrize(("find", "text"), QUIET)
def test_does_not_over_fire(find: Find, text: str) -> None:
    assert kinds(find, text) == {}
