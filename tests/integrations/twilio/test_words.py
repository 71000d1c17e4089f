"""What goes over the phone: one message of GSM characters, spoken words, and what replies mean."""

import pytest

from common.errors import Invalid
from integrations.twilio.gsm import cut, gsm, length
from integrations.twilio.numbers import read_number
from integrations.twilio.replies import Meaning, Reply, read_reply
from integrations.twilio.texts import HELP, code_of, listed, page_text
from integrations.twilio.twiml import code_call, menu, spoken
from oncall.ports import Facts

LINK = "https://warroom.example.org/a/Qk3tZ8mW2pRxaQk3tZ8mW2"


def facts(title: str = "#142 Checkout 5xx 38%", **more: object) -> Facts:
    return Facts(**{"title": title, "url": "/incidents/142", "severity": "SEV1", **more})  # type: ignore[arg-type]


def test_a_page_is_one_message() -> None:
    text = page_text(facts(), LINK, reason="You are on call on Shop")

    assert text == f"SEV1 #142 Checkout 5xx 38%. You are on call on Shop. Reply 4 ack, 5 pass on. {LINK}"
    assert length(text) <= 160


def test_with_several_open_it_carries_its_code() -> None:
    assert page_text(facts(), LINK, code="K7").endswith(f"Reply 4 K7 ack, 5 K7 pass on. {LINK}")


def test_a_message_that_stands_for_several_takes_all_of_them() -> None:
    text = page_text(facts("#142 Checkout 5xx, +3 more", more=3), LINK, code="K7")

    assert text == f"SEV1 #142 Checkout 5xx, +3 more Reply 4 all ack. {LINK}"


@pytest.mark.parametrize(
    "title",
    ["#142 " + "word " * 60, "#142 " + "x" * 300, "#142 😀 Zahlung für „Käse“ — 5 €", "#142 [a]{b}~^|\\" * 9, "#142"],
)
def test_whatever_the_title_it_stays_one_message(title: str) -> None:
    text = page_text(facts(title), LINK, reason="You are on call on Shop primary", late_seconds=240)

    assert length(text) <= 160
    assert gsm(text) == text
    assert text.endswith(f" {LINK}")
    assert text.startswith("SEV1 #142")


def test_a_late_page_says_so_before_it_says_why_you() -> None:
    text = page_text(facts("#142 Down"), LINK, reason="You are on call on Shop primary", late_seconds=240)

    assert "delayed 4 min by an outage of ours" in text
    assert "on call" not in text


def test_nothing_private_is_in_a_text() -> None:
    text = page_text(facts("Private incident #150", is_private=True), LINK, reason="You are on call on Secrets")

    assert text == f"SEV1 Private incident #150 Reply 4 ack, 5 pass on. {LINK}"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("„Käse“ – 5 €", '"Käse" - 5 €'),
        ("Čeština", "Cestina"),
        ("a\nb\tc\u0000d", "a b c d"),
        ("ok 😀 ok", "ok ok"),
        ("…`", "...'"),
    ],
)
def test_other_characters_become_what_they_are_like(given: str, wanted: str) -> None:
    assert gsm(given) == wanted


def test_what_is_long_is_cut_between_words_and_marked() -> None:
    assert cut("one two three four", 16) == "one two three..."
    assert cut("x" * 50, 10) == "xxxxxxx..."
    assert cut("short", 10) == "short"


def test_codes_tell_the_pages_of_a_night_apart() -> None:
    codes = {code_of(page) for page in range(1000, 1108)}

    assert len(codes) == 108
    assert not any({"4", "5", "O", "0", "I", "1"} & set(code) for code in codes)


def test_several_are_listed_in_one_message() -> None:
    text = listed([(code_of(page), facts(f"#{page} Checkout answers 5xx everywhere")) for page in range(20)])

    assert text.startswith("20 pages are open. Reply 4 and the code: A2 [SEV1] #0")
    assert length(text) <= 160


def test_the_help_is_one_message() -> None:
    assert length(HELP) <= 160
    assert gsm(HELP) == HELP


ACK, ONWARD = Meaning.ACK, Meaning.ONWARD


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("4", Reply(ACK)),
        (" 4 ", Reply(ACK)),
        ("4.", Reply(ACK)),
        ("4 k7", Reply(ACK, "K7")),
        ("4K7", Reply(ACK, "K7")),
        ("ack K7!", Reply(ACK, "K7")),
        ("4 all", Reply(ACK, "all")),
        ("5", Reply(ONWARD)),
        ("5 K 7", Reply(ONWARD, "K7")),
        ("pass on", Reply(ONWARD)),
        ("5 all", Reply(Meaning.UNCLEAR)),
        ("STOP", Reply(Meaning.STOP)),
        ("Stop.", Reply(Meaning.STOP)),
        ("start", Reply(Meaning.START)),
        ("HELP", Reply(Meaning.HELP)),
        ("45", Reply(Meaning.UNCLEAR)),
        ("4 5", Reply(Meaning.UNCLEAR)),
        ("K7", Reply(Meaning.UNCLEAR)),
        ("what is this?", Reply(Meaning.UNCLEAR)),
        ("", Reply(Meaning.UNCLEAR)),
        ("4" * 5000, Reply(Meaning.UNCLEAR)),
        ("٤", Reply(Meaning.UNCLEAR)),
    ],
)
def test_what_replies_mean(text: str, reply: Reply) -> None:
    assert read_reply(text) == reply


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("+49 170 1234567", "+491701234567"),
        ("0049 (170) 123-4567", "+491701234567"),
        ("tel:+1.500.555.0006", "+15005550006"),
    ],
)
def test_numbers_are_kept_in_one_spelling(given: str, kept: str) -> None:
    assert read_number(given) == kept


@pytest.mark.parametrize(
    "given",
    ["", "0170 1234567", "+0170 1234567", "+49", "+49 170 CHECKOUT", "+4917012345678901", "+٤٩١٧٠١٢٣٤٥٦٧", "112"],
)
def test_what_is_no_number_is_refused_in_plain_words(given: str) -> None:
    with pytest.raises(Invalid, match="with \\+ and the code of the country") as caught:
        read_number(given)

    assert caught.value.field == "address"


def test_a_call_says_what_and_how_bad_and_asks_three_times() -> None:
    said = menu(spoken(facts("#142 Checkout <errors> & more https://x.example")), "https://w.example/voice/1/2?a&b")

    assert said.count("Severity 1. Incident 142. Checkout errors more.") == 3
    assert said.count("Press 4 to acknowledge, 5 to pass on, 9 to repeat.") == 3
    assert 'action="https://w.example/voice/1/2?a&amp;b"' in said
    assert spoken(facts("Private incident #150")) == "Severity 1. Private incident 150."
    assert len(spoken(facts("#1 " + "very long " * 50)).split()) < 35


def test_a_code_is_said_digit_by_digit() -> None:
    assert code_call("120934").count("1, 2, 0, 9, 3, 4") == 3
