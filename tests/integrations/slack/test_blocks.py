"""Cards as Block Kit, checked against Slack's limits by the fake's own reading of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatops.port import Button, Card
from integrations.slack.blocks import card_blocks, is_command
from tests.fakes.slack_server import blockkit


def test_a_card_has_its_title_facts_text_and_buttons_in_order() -> None:
    card = Card(
        "SEV1 #142 Checkout 5xx",
        [("Status", "fixing"), ("Lead", "Ada")],
        "**half** of the payments fail",
        [
            Button("Take the lead", command="/incident lead me", style="primary"),
            Button("Open", url="https://w.example/1"),
        ],
        severity=1,
    )

    assert card_blocks(card) == [
        {"type": "header", "text": {"type": "plain_text", "text": "SEV1 #142 Checkout 5xx", "emoji": True}},
        {
            "type": "section",
            "fields": [{"type": "mrkdwn", "text": "*Status*\nfixing"}, {"type": "mrkdwn", "text": "*Lead*\nAda"}],
        },
        {"type": "section", "text": {"type": "mrkdwn", "text": "*half* of the payments fail"}},
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": "Take the lead", "emoji": True},
                    "style": "primary",
                    "action_id": "cmd",
                    "value": "/incident lead me",
                },
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": "Open", "emoji": True},
                    "action_id": "url:1",
                    "url": "https://w.example/1",
                },
            ],
        },
    ]


def test_every_button_has_an_id_of_its_own() -> None:
    """Slack refuses the whole message when two buttons of a block share one."""
    card = Card("t", buttons=[Button(f"b{n}", command=f"/incident {n}") for n in range(8)])

    elements = card_blocks(card)[-1]["elements"]

    assert len({element["action_id"] for element in elements}) == 8
    assert all(is_command(element["action_id"]) for element in elements)


@pytest.mark.parametrize("action_id", ["cmd", "cmd:1", "cmd:12"])
def test_a_command_button_is_known_by_its_id(action_id: str) -> None:
    assert is_command(action_id)


@pytest.mark.parametrize("action_id", ["", "url:1", "command", "xcmd", "cmdx"])
def test_other_buttons_are_not_commands(action_id: str) -> None:
    assert not is_command(action_id)


def test_alert_text_in_a_card_can_not_ping() -> None:
    card = Card("<!channel>", [("<!here>", "<!everyone>")], "<@U1>", [Button("<!channel>", command="/x")])

    shown = str(card_blocks(card)[1:])

    assert "<!" not in shown.replace(
        "'text': '<!channel>', 'emoji'", ""
    )  # a label is plain text and never read as a token
    assert "<@" not in shown


@pytest.mark.parametrize(
    "card",
    [
        Card(""),
        Card("t" * 5000, [("n" * 500, "v" * 20_000)] * 60, "x" * 50_000, [Button("l" * 500, command="/c" * 900)] * 40),
        Card(" ", [("", ""), ("  ", "\n")], "  \n", [Button("", command="/x"), Button("a"), Button("b", url="x:y")]),
        Card("&" * 400, [("<" * 300, ">" * 5000)] * 12, "&" * 9000, [Button("&" * 90, command="&" * 2000)]),
        Card(
            "🔥" * 200,
            [("🔥" * 200, "🔥" * 3000)],
            "🔥" * 5000,
            [Button("🔥" * 80, url="https://w.example/" + "x" * 4000)],
        ),
        Card("t", buttons=[Button("long", command="x" * 2001), Button("ok", command="x" * 2000)]),
        Card("t\nwith\nlines", [("a\nb", "```\n" + "c" * 4000)], "```\n" + "d" * 9000),
        Card("\ud800", [("\ud800", "\ud800")], "\ud800", [Button("\ud800", command="/x", style="pink")]),
    ],
)
def test_slack_takes_any_card(card: Card) -> None:
    blocks = card_blocks(card)

    assert blockkit.faults(blocks) == []


def test_an_over_long_command_is_left_out_and_the_others_stay() -> None:
    card = Card("t", buttons=[Button("long", command="x" * 2001), Button("ok", command="/incident resolve")])

    assert [element["text"]["text"] for element in card_blocks(card)[-1]["elements"]] == ["ok"]


_words = st.text(max_size=400)
_buttons = st.builds(Button, _words, command=_words, url=_words, style=st.sampled_from(["", "primary", "danger", "x"]))


@settings(max_examples=300, deadline=None)
@given(
    st.builds(
        Card,
        _words,
        facts=st.lists(st.tuples(_words, _words), max_size=45),
        text=_words,
        buttons=st.lists(_buttons, max_size=30),
    )
)
def test_slack_takes_whatever_a_card_holds(card: Card) -> None:
    assert blockkit.faults(card_blocks(card)) == []
