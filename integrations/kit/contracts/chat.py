"""What every chat that is sent to must do: inherit `ChatContract` in a vendor's tests.

A vendor gives a `stage` fixture: its chat, a way to look at what the chat shows, and a way to make it
misbehave. The tests only speak the port's language, so the port can't take the shape of one vendor.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import pytest

from chatops.port import Button, Card, ChatPort, Post
from common import clock
from common.errors import PartnerTrouble


@dataclass(frozen=True)
class Shown:
    """A message as people see it. `thread` is the ref of the message it answers."""

    ref: str
    text: str
    thread: str = ""
    author: str = ""
    buttons: Sequence[str] = field(default_factory=tuple)


class Stage(Protocol):
    """One vendor's chat with its other side in view."""

    chat: ChatPort
    #: somebody who can be invited, with their address; and an id that nobody has
    known_person: str
    known_email: str
    unknown_person: str

    def messages(self, room: str) -> list[Shown]: ...

    def members(self, room: str) -> list[str]: ...

    def topic(self, room: str) -> str: ...

    def pins(self, room: str) -> list[str]: ...

    def reactions(self, room: str, ref: str) -> list[str]:
        """Our own under a message, as characters."""
        ...

    def bookmarks(self, room: str) -> list[str]:
        """The addresses."""
        ...

    def is_archived(self, room: str) -> bool: ...

    def rooms(self) -> list[str]:
        """The names of the channels that exist."""
        ...

    def answer_address(self) -> str:
        """A fresh address that takes answers."""
        ...

    def answers(self, address: str) -> list[tuple[str, bool]]:
        """What was answered there: text, and whether everybody saw it."""
        ...

    def limit(self, method: str, seconds: int) -> None:
        """The next call of this method of the port hears: too many requests."""
        ...

    def lose_answer(self, method: str) -> None:
        """The next call of this method has its effect, and its answer is lost."""
        ...

    def break_down(self, method: str) -> None:
        """The next call of this method fails for a while and has no effect."""
        ...


def _post(marker: str = "event:1", text: str = "db is **down**", **more: object) -> Post:
    return Post(marker=marker, text=text, **more)  # type: ignore[arg-type]


class ChatContract:
    """The tests. `room` is a channel that the chat has just made."""

    @pytest.fixture
    def room(self, stage: Stage) -> str:
        made = stage.chat.create_room("inc-1-checkout", is_private=False, marker="room:1", look_first=False)
        return made.outside_id

    # --- channels ---------------------------------------------------------------------------------
    def test_creates_a_channel_and_says_its_id_and_name(self, stage: Stage) -> None:
        made = stage.chat.create_room("inc-7-mail", is_private=False, marker="room:7", look_first=False)

        assert made.outside_id
        assert made.name == "inc-7-mail"
        assert stage.rooms() == ["inc-7-mail"]

    def test_a_taken_name_gets_a_suffix(self, stage: Stage, room: str) -> None:
        second = stage.chat.create_room("inc-1-checkout", is_private=False, marker="room:2", look_first=False)

        assert second.outside_id != room
        assert second.name == "inc-1-checkout-2"

    def test_the_name_of_an_archived_channel_is_taken_too(self, stage: Stage, room: str) -> None:
        stage.chat.archive(room)

        second = stage.chat.create_room("inc-1-checkout", is_private=True, marker="room:2", look_first=False)

        assert second.outside_id != room

    def test_a_name_of_any_kind_becomes_one_that_the_chat_takes(self, stage: Stage) -> None:
        made = stage.chat.create_room("Inc 9: Ümlaut & " + "x" * 200, is_private=False, marker="r", look_first=False)

        assert made.outside_id
        assert len(made.name) <= 80

    def test_a_channel_whose_creation_was_not_answered_is_found_and_not_made_twice(self, stage: Stage) -> None:
        stage.lose_answer("create_room")
        with pytest.raises(PartnerTrouble) as lost:
            stage.chat.create_room("inc-3-dns", is_private=False, marker="room:3", look_first=False)
        assert lost.value.unclear

        made = stage.chat.create_room("inc-3-dns", is_private=False, marker="room:3", look_first=True)

        assert made.name == "inc-3-dns"
        assert stage.rooms() == ["inc-3-dns"]

    def test_looking_first_finds_only_the_channel_that_is_meant(self, stage: Stage, room: str) -> None:
        made = stage.chat.create_room("inc-1-checkout", is_private=False, marker="room:2", look_first=True)

        assert made.outside_id != room

    def test_looking_first_without_an_earlier_channel_makes_one(self, stage: Stage) -> None:
        made = stage.chat.create_room("inc-4-lb", is_private=False, marker="room:4", look_first=True)

        assert stage.rooms() == [made.name]

    def test_who_is_taken_out_is_out_and_may_be_out_already(self, stage: Stage, room: str) -> None:
        stage.chat.invite(room, [stage.known_person])
        assert stage.known_person in stage.members(room)

        stage.chat.remove(room, stage.known_person)
        stage.chat.remove(room, stage.known_person)

        assert stage.known_person not in stage.members(room)

    def test_nothing_can_be_shown_in_an_archived_channel_and_that_is_told_apart(self, stage: Stage, room: str) -> None:
        stage.chat.archive(room)

        with pytest.raises(PartnerTrouble) as refused:
            stage.chat.post(room, _post())

        assert refused.value.place_gone

    def test_the_topic_can_be_set_and_changed(self, stage: Stage, room: str) -> None:
        stage.chat.set_topic(room, "SEV1 · fixing")
        stage.chat.set_topic(room, "SEV2 · monitoring")

        assert stage.topic(room) == "SEV2 · monitoring"

    def test_a_topic_that_is_too_long_is_cut(self, stage: Stage, room: str) -> None:
        stage.chat.set_topic(room, "long " * 200)

        assert stage.topic(room).startswith("long long")

    def test_a_link_is_bookmarked_once(self, stage: Stage, room: str) -> None:
        stage.chat.bookmark(room, "Web room", "https://warroom.example.org/incidents/1")
        stage.chat.bookmark(room, "Web room", "https://warroom.example.org/incidents/1")

        assert stage.bookmarks(room) == ["https://warroom.example.org/incidents/1"]

    def test_archiving_twice_and_bringing_back_twice_is_fine(self, stage: Stage, room: str) -> None:
        stage.chat.archive(room)
        stage.chat.archive(room)
        assert stage.is_archived(room)

        stage.chat.unarchive(room)
        stage.chat.unarchive(room)
        assert not stage.is_archived(room)

    def test_an_archived_channel_takes_no_posts_and_no_retry_helps(self, stage: Stage, room: str) -> None:
        stage.chat.archive(room)

        with pytest.raises(PartnerTrouble) as trouble:
            stage.chat.post(room, _post())

        assert trouble.value.permanent
        assert trouble.value.code

    # --- people -----------------------------------------------------------------------------------
    def test_invites_the_known_and_names_the_unknown(self, stage: Stage, room: str) -> None:
        invited = stage.chat.invite(room, [stage.known_person, stage.unknown_person])

        assert stage.known_person in stage.members(room)
        assert [who for who, _ in invited.failed] == [stage.unknown_person]
        assert all(reason for _, reason in invited.failed)

    def test_inviting_somebody_who_is_in_is_fine(self, stage: Stage, room: str) -> None:
        stage.chat.invite(room, [stage.known_person])

        again = stage.chat.invite(room, [stage.known_person])

        assert list(again.failed) == []

    def test_inviting_nobody_does_nothing(self, stage: Stage, room: str) -> None:
        assert list(stage.chat.invite(room, []).failed) == []

    def test_finds_people_by_their_address_and_leaves_others_out(self, stage: Stage) -> None:
        found = stage.chat.people_by_email([stage.known_email, "nobody@example.com"])

        assert found == {stage.known_email: stage.known_person}

    # --- posts ------------------------------------------------------------------------------------
    def test_posts_edits_and_deletes_a_line(self, stage: Stage, room: str) -> None:
        ref = stage.chat.post(room, _post())
        assert [message.ref for message in stage.messages(room)] == [ref]
        assert "down" in stage.messages(room)[0].text

        stage.chat.edit(room, ref, _post(text="db is slow"))
        assert [(m.ref, "slow" in m.text) for m in stage.messages(room)] == [(ref, True)]

        stage.chat.delete(room, ref)
        assert stage.messages(room) == []

    def test_deleting_what_is_gone_is_fine(self, stage: Stage, room: str) -> None:
        ref = stage.chat.post(room, _post())
        stage.chat.delete(room, ref)

        stage.chat.delete(room, ref)

        assert stage.messages(room) == []

    def test_editing_what_is_gone_can_not_be_helped(self, stage: Stage, room: str) -> None:
        ref = stage.chat.post(room, _post())
        stage.chat.delete(room, ref)

        with pytest.raises(PartnerTrouble) as trouble:
            stage.chat.edit(room, ref, _post(text="too late"))

        assert trouble.value.permanent

    def test_the_writer_of_a_line_can_be_seen(self, stage: Stage, room: str) -> None:
        stage.chat.post(room, _post(author="Cleo"))

        message = stage.messages(room)[0]
        assert "Cleo" in (message.author, *message.text.replace("*", "").split(":"))

    def test_an_answer_stands_in_the_thread_of_its_line(self, stage: Stage, room: str) -> None:
        parent = stage.chat.post(room, _post())

        stage.chat.post(room, _post("event:2", "looking", thread_ref=parent))

        assert [message.thread for message in stage.messages(room)] == ["", parent]

    def test_an_answer_to_a_line_that_is_gone_is_shown_all_the_same(self, stage: Stage, room: str) -> None:
        parent = stage.chat.post(room, _post())
        stage.chat.delete(room, parent)

        stage.chat.post(room, _post("event:2", "looking", thread_ref=parent))

        assert ["looking" in message.text for message in stage.messages(room)] == [True]

    def test_a_card_has_its_buttons_before_and_after_an_edit(self, stage: Stage, room: str) -> None:
        buttons = [Button("Resolve", command="/incident resolve #1"), Button("Lead", command="/incident lead me")]
        card = Card("SEV1 #1 Checkout", [("Status", "fixing")], "what is known", buttons, severity=1)
        ref = stage.chat.post(room, _post("card:1", "SEV1", card=card))
        stage.chat.edit(room, ref, _post("card:1", "SEV2", card=card))

        assert stage.messages(room)[0].buttons == ("Resolve", "Lead")

    def test_a_very_long_line_is_shown_as_far_as_it_fits(self, stage: Stage, room: str) -> None:
        ref = stage.chat.post(room, _post(text="word " * 2400))
        stage.chat.edit(room, ref, _post(text="more " * 2400))

        assert stage.messages(room)[0].text.startswith("more more")

    def test_a_message_is_pinned_once(self, stage: Stage, room: str) -> None:
        ref = stage.chat.post(room, _post())
        stage.chat.pin(room, ref)
        stage.chat.pin(room, ref)

        assert stage.pins(room) == [ref]

    def test_reacts_once_and_takes_it_away_again(self, stage: Stage, room: str) -> None:
        ref = stage.chat.post(room, _post())
        for emoji in ("👍", "👍", "🎉"):
            stage.chat.react(room, ref, emoji, on=True)
        assert sorted(stage.reactions(room, ref)) == ["🎉", "👍"]

        for _ in range(2):
            stage.chat.react(room, ref, "🎉", on=False)
        stage.chat.react(room, ref, "no emoji at all", on=False)

        assert stage.reactions(room, ref) == ["👍"]

    def test_reacting_to_what_is_gone_is_fine(self, stage: Stage, room: str) -> None:
        ref = stage.chat.post(room, _post())
        stage.chat.delete(room, ref)

        stage.chat.react(room, ref, "👍", on=True)
        stage.chat.react(room, ref, "👍", on=False)

    def test_a_line_that_names_people_is_shown(self, stage: Stage, room: str) -> None:
        stage.chat.post(room, _post(text="ask @ada in #inc-1", names={"@ada": "U1", "#inc-1": "C1"}))

        assert stage.messages(room)[0].text.startswith("ask ")

    def test_answers_a_command_where_it_was_asked(self, stage: Stage, room: str) -> None:
        address = stage.answer_address()

        stage.chat.answer(address, "Only for **you**", to_everyone=False)

        assert [(text.replace("*", ""), seen) for text, seen in stage.answers(address)] == [("Only for you", False)]

    # --- trouble ----------------------------------------------------------------------------------
    def test_a_post_whose_answer_was_lost_is_found_by_its_marker(self, stage: Stage, room: str) -> None:
        since = clock.now()
        stage.chat.post(room, _post("event:1"))
        stage.lose_answer("post")
        with pytest.raises(PartnerTrouble) as lost:
            stage.chat.post(room, _post("event:2", "carried"))
        assert lost.value.unclear
        assert not lost.value.permanent

        ref = stage.chat.find_post(room, "event:2", since)

        assert ref == stage.messages(room)[-1].ref
        assert stage.chat.find_post(room, "event:3", since) == ""

    def test_a_lost_answer_in_a_thread_is_found_too(self, stage: Stage, room: str) -> None:
        parent = stage.chat.post(room, _post("event:1"))
        since = clock.now() + timedelta(seconds=1)
        stage.lose_answer("post")
        with pytest.raises(PartnerTrouble):
            stage.chat.post(room, _post("event:2", "in the thread", thread_ref=parent))

        ref = stage.chat.find_post(room, "event:2", since)

        assert ref == stage.messages(room)[-1].ref

    def test_too_many_requests_says_when_to_try_again(self, stage: Stage, room: str) -> None:
        stage.limit("post", 7)

        with pytest.raises(PartnerTrouble) as trouble:
            stage.chat.post(room, _post())

        assert trouble.value.retry_after == 7
        assert not trouble.value.permanent
        assert not trouble.value.unclear
        assert stage.messages(room) == []

    def test_a_break_down_is_worth_another_try(self, stage: Stage, room: str) -> None:
        stage.break_down("post")
        with pytest.raises(PartnerTrouble) as trouble:
            stage.chat.post(room, _post())
        assert not trouble.value.permanent

        stage.chat.post(room, _post())

        assert len(stage.messages(room)) == 1

    def test_an_unknown_channel_can_not_be_helped(self, stage: Stage) -> None:
        with pytest.raises(PartnerTrouble) as trouble:
            stage.chat.post("C0NOTHERE", _post())

        assert trouble.value.permanent
        assert trouble.value.code == "channel_not_found"

    def test_the_pace_is_no_negative_time(self, stage: Stage) -> None:
        assert stage.chat.pace() >= timedelta()
