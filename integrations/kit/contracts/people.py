"""What a chat must do for one person: forms, words for them alone, direct messages, a home.

Inherit `PeopleContract` beside `ChatContract`; the `stage` then also shows what one person sees.
"""

from collections.abc import Sequence
from typing import Protocol

import pytest

from chatops.dialogs import Dialog, Input, Kind, Option
from chatops.port import DIALOG_GONE, Button, Card, ChatPort, Post
from common import clock
from common.errors import PartnerTrouble


class PeopleStage(Protocol):
    """One vendor's chat, as one person sees it."""

    chat: ChatPort
    known_person: str

    def trigger(self) -> str:
        """A fresh leave to open a dialog in front of the known person."""
        ...

    def dialog(self) -> tuple[str, Sequence[str], Sequence[str]] | None:
        """The dialog in front of the known person: its title, the names of its inputs, the labels of its buttons."""
        ...

    def close_dialog(self) -> None: ...

    def heard_alone(self) -> Sequence[str]:
        """What was said in channels for the known person alone."""
        ...

    def direct(self) -> Sequence[str]:
        """The direct messages of our app to the known person."""
        ...

    def home(self) -> Sequence[str]:
        """The labels of the buttons on the known person's home."""
        ...

    def lose_answer(self, method: str) -> None: ...


_DIALOG = Dialog(
    "7",
    title="Status update",
    text="SEV1 **#142**",
    inputs=[
        Input("now", "Now", initial=["a bad deploy"]),
        Input("text", "Text", Kind.TEXT),
        Input("next", "Next", Kind.CHOICE, options=[Option("30m", "30 minutes")], initial=["30m"]),
        Input("more", "More", Kind.CHOICES, options=[Option("a", "A"), Option("b", "B")]),
        Input("who", "Who", Kind.PERSON),
    ],
    submit="Publish",
)


class PeopleContract:
    """The tests."""

    def test_opens_a_form_in_front_of_its_person(self, stage: PeopleStage) -> None:
        assert stage.chat.open_dialog(stage.trigger(), _DIALOG)

        assert stage.dialog() == ("Status update", ["now", "text", "next", "more", "who"], [])

    def test_shows_what_became_of_it_in_the_same_place(self, stage: PeopleStage) -> None:
        ref = stage.chat.open_dialog(stage.trigger(), _DIALOG)

        done = Dialog("7", "Status update", text="Published.", buttons=[Button("Open", url="https://example.com/1")])
        stage.chat.update_dialog(ref, done)

        assert stage.dialog() == ("Status update", [], ["Open"])

    def test_a_closed_dialog_says_so(self, stage: PeopleStage) -> None:
        ref = stage.chat.open_dialog(stage.trigger(), _DIALOG)
        stage.close_dialog()

        with pytest.raises(PartnerTrouble) as gone:
            stage.chat.update_dialog(ref, _DIALOG)
        assert gone.value.code == DIALOG_GONE

    def test_without_leave_nothing_opens(self, stage: PeopleStage) -> None:
        with pytest.raises(PartnerTrouble) as gone:
            stage.chat.open_dialog("never-given", _DIALOG)
        assert gone.value.code == DIALOG_GONE

    def test_a_whisper_is_heard_by_one_alone(self, stage: PeopleStage) -> None:
        room = stage.chat.create_room("inc-1", is_private=False, marker="room:1", look_first=False).outside_id
        stage.chat.invite(room, [stage.known_person])

        stage.chat.whisper(room, stage.known_person, Post(marker="whisper:1", text="Welcome."))

        assert stage.heard_alone() == ["Welcome."]
        assert stage.direct() == []

    def test_a_direct_message_is_sent_once_although_its_answer_was_lost(self, stage: PeopleStage) -> None:
        since = clock.now()
        post = Post(marker="whisper:2", text="Who takes over?")
        stage.lose_answer("tell")
        with pytest.raises(PartnerTrouble) as lost:
            stage.chat.tell(stage.known_person, post)
        assert lost.value.unclear

        found = stage.chat.tell(stage.known_person, post, since=since)
        assert found
        assert stage.chat.find_told(stage.known_person, post.marker, since) == found
        assert stage.chat.find_told(stage.known_person, "page:0:1", since) == ""

        assert stage.direct() == ["Who takes over?"]

    def test_a_direct_message_is_changed_and_one_that_is_gone_is_fine(self, stage: PeopleStage) -> None:
        ref = stage.chat.tell(stage.known_person, Post(marker="page:1", text="You are paged."))

        stage.chat.retell(stage.known_person, ref, Post(marker="page:1", text="Bo has it."))
        stage.chat.retell(stage.known_person, "1600000000.000001", Post(marker="page:1", text="Nobody sees this."))

        assert stage.direct() == ["Bo has it."]

    def test_a_home_is_drawn_anew(self, stage: PeopleStage) -> None:
        stage.chat.show_home(stage.known_person, [Card(title="All quiet", buttons=[Button("Declare", "/incident")])])
        stage.chat.show_home(stage.known_person, [Card(title="One", buttons=[Button("Join", "/incident join #1")])])

        assert stage.home() == ["Join"]
