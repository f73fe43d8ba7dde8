"""Made-up texts, some for each kind of finding: what a policy does is shown on them."""

from __future__ import annotations

EXAMPLES: tuple[str, ...] = (
    "please ask Jennifer Whitfield about the report",
    "thanks, Marek will send it on monday",
    "write to j.whitfield@quorbix.example before noon",
    "call me on +49 30 5550 1742 after lunch",
    "we deliver to 12 Harbour Lane, Flat 3, London",
    "she lives in Rotterdam now",
    "the offer came from Quorbix Holdings Ltd",
    "most of the team is Portuguese",
    "born on 14/03/1987 in the north",
    "the meeting is on 21 September 2026",
    "see https://quorbix.example/deals/4711 for the draft",
    "open C:\\Users\\jwhitfield\\Documents\\plan.docx",
    "look in /home/jwhitfield/notes for it",
    "tell @jwhitfield that the build is red",
    "connect to 10.44.17.203 first",
    "the card is 4556 7375 8689 9855",
    "send it to DE89 3704 0044 0532 0130 00",
    "my number is 536-90-4399",
    "see ticket ACME-4711 for that",
    "the token is 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",
    "my password is summer",
    "-----BEGIN PRIVATE KEY----- MIIEvQ -----END PRIVATE KEY-----",
    "we sold 340 of them for 12.50 each",
    "let us move this to the next sprint",
)
