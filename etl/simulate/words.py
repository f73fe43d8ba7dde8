"""What office people type: words, sentences with slots, and names that nobody bears."""

from __future__ import annotations


def _list(words: str) -> tuple[str, ...]:
    return tuple(words.split())


POOLS: dict[str, tuple[str, ...]] = {
    "n": _list(
        "report meeting budget schedule project document invoice contract order plan design "
        "server update release account customer team office manager department question answer "
        "problem issue summary presentation table page section draft version copy list message "
        "email reply agenda review process system database backup network printer screen laptop "
        "deadline estimate proposal delivery product price discount payment training policy"
    ),
    "ns": _list(
        "numbers results files changes comments details options notes figures costs sales orders "
        "customers people teams tasks items tests errors slides documents reports requests "
        "questions ideas plans dates meetings steps rules parts tools"
    ),
    "v": _list(
        "send check review finish update change share print open close move start stop discuss "
        "prepare write read fix test build order confirm cancel explain compare collect "
        "remove add keep improve reduce follow plan deliver ship install replace copy save"
    ),
    "adj": _list(
        "new old final short long simple clear quick early late important small large good better "
        "open free ready full empty different similar correct wrong possible available current "
        "previous main internal external daily weekly monthly"
    ),
    "adv": _list("today tomorrow soon again quickly carefully together later"),
    "when": _list("Monday Tuesday Wednesday Thursday Friday lunch tonight noon morning afternoon"),
}
"""Words by the slot that they fill. Few enough that most people type most of them."""

SENTENCES = (
    "please {v} the {n} before {when}",
    "could you {v} the {adj} {n} for me",
    "the {n} is {adj} but the {ns} are still {adj}",
    "we need to {v} all {ns} {adv}",
    "thanks for the {adj} {n} and the {ns}",
    "I will {v} the {n} {adv}",
    "can we {v} the {ns} after the {n}",
    "here is the {adj} {n} with all the {ns}",
    "let me know if the {ns} are {adj}",
    "the {adj} {n} has some {ns} that we should {v}",
    "they want to {v} the {n} and {v} the {ns}",
    "do you have the {ns} from the {adj} {n}",
    "I would like to {v} this {n} {adv}",
    "there are more {ns} in the {adj} {n}",
    "please {v} and {v} the {ns} {adv}",
    "it would be {adj} to {v} the {n} first",
    "our {n} needs {adj} {ns} by {when}",
    "what about the {n} and the {adj} {ns}",
    "I think the {n} should be {adj} by {when}",
    "you can {v} the {ns} when the {n} is {adj}",
    "we should not {v} the {n} without the {ns}",
    "this {n} is more {adj} than the {n} before",
    "if you have time please {v} my {n}",
    "the {ns} look {adj} so we can {v} the {n}",
    "sorry but I could not {v} the {adj} {n}",
    "who can {v} the {ns} for our {n}",
    "every {n} has its own {adj} {ns}",
    "I have to {v} the {n} before we {v} the {ns}",
    "we will talk about the {n} and the {ns} {adv}",
    "they said that the {adj} {n} would be {adj} by {when}",
    "is the {n} {adj} or do we {v} it {adv}",
    "all {ns} for the {n} are {adj} now",
    "my {n} does not {v} the {adj} {ns}",
    "as you know the {n} was {adj} last time",
    "please do not {v} these {ns} before the {n}",
    "it is {adj} that you {v} the {n} {adv}",
)

RARE = _list(
    "gazebo quinoa marmalade trombone lighthouse walrus origami pancake glacier cobweb lantern "
    "meadow puddle saffron tadpole velvet wombat zeppelin almanac bonfire caramel dandelion "
    "falafel gondola harpoon iguana juniper kayak lagoon mango nutmeg oyster parsnip quilt "
    "raccoon scarecrow tambourine umbrella vineyard waffle acorn bagpipes catapult dumpling "
    "eclipse flamingo gargoyle hammock icicle jigsaw kettle lobster mosaic noodle otter porcupine "
    "rhubarb sundial tortoise unicycle volcano windmill xylophone yogurt abacus burrito "
    "crocodile driftwood emerald fjord geyser hedgehog igloo jackal kiwi llama mushroom nectarine "
    "obelisk pelican radish sombrero turnip ukulele vulture wisteria zucchini"
)
"""English words for a hobby: each person has a few, and hardly anyone shares them."""

ABOUT_RARE = ("my {rare} is {adj} again", "see you at the {rare} {adv}")

SECRETS: dict[str, tuple[str, ...]] = {
    "person": (
        "please ask {s} about the {n}",
        "{s} will {v} the {n} {adv}",
        "the meeting with {s} is on {when}",
        "regards, {s}",
    ),
    "email": ("send the {n} to {s} please", "my address is {s}"),
    "phone": ("you can call me at {s} {adv}", "the number is {s}"),
    "card": ("the card number is {s}",),
    "iban": ("pay the {n} to {s}",),
    "address": ("ship the {ns} to {s}", "we moved to {s}"),
    "customer": ("the {n} for {s} is {adj}", "{s} wants the {adj} {n}"),
    "customer_code": ("see {s} for the {ns}", "{s} needs the {n} {adv}"),
    "ticket": ("please {v} {s} before {when}",),
    "deal": ("project {s} is not public yet", "{s} closes {adv}"),
    "password": ("the password is {s}", "use {s} to log in"),
    "pin": ("my pin is {s}",),
}
"""Sentences of an ordinary field in which something secret stands, by its kind."""

COMMANDS: dict[str, tuple[str, ...]] = {
    "password": ("mysql -u root -p{s}", "{s}"),
    "api_key": ("export API_TOKEN={s}",),
    "path_user": ("cd /home/{s}/reports", "dir C:\\Users\\{s}\\Documents", "ls ~{s}/draft"),
    "email": ("git config user.email {s}",),
}
"""The same for a terminal."""

FIRST = _list(
    "Mara Joanna Piotr Ingrid Tobias Leila Anders Noor Katarzyna Matteo Freya Dmitri Aiko Rashid "
    "Saoirse Emeka Yasmin Bjorn Chiara Wojciech Ximena Thandiwe Lukas Zsofia Henrik Priya Marek "
    "Solveig Amina Jurgen Beatriz Kwame Elif Casper Ottilie Rafael Signe Tariq Ludmila Hiroshi "
    "Anna James Maria David Sarah Michael Emma Thomas Laura Peter"
)
LAST = _list(
    "Lindqvist Kowalczyk Okonkwo Haraldsen Moretti Papadopoulos Vandenberg Nakamura Szabo "
    "Fernandez Achterberg Bjerregaard Castellano Dvorak Eriksson Fitzgerald Grigorescu Hashimoto "
    "Ivanova Jankowski Katsaros Lehtinen Mbeki Novotny Ostrowski Petrosyan Quintero Rasmussen "
    "Schreiber Tanaka Ugarte Vasquez Wisniewski Yilmaz Zielinski Abernathy Bhattacharya "
    "Cunningham Drummond Eastwick Fairweather Gutierrez Hollenbeck Johansson Smith Miller "
    "Johnson Garcia"
)
START = _list("Vel Zor Bry Quen Tha Mir Dro Kel Wex Oxl Fen Gry Hul Jas Lom Nyx Pra Sko Urt")
MIDDLE = _list("qa va ro li nde mbe ksi tu rra zo bi the go lle xi pu")
END = _list("tex rion vath mark lund berg wald sson ski ova dyne quist nor zan mont")
"""Syllables of made-up customers, deals and rarer surnames: no English word comes of them."""
