"""What is answered when a line can't be run: the exact words, and buttons that keep what was typed."""

import pytest
from django.db import transaction

from accounts.actors import Actor
from accounts.models import User
from chatops.context import Context
from chatops.replies import Reply
from chatops.router import answer, echo
from common.errors import Conflict
from incidents.models import Incident
from incidents.operations import facts
from tests.chatops.conftest import Type
from tests.chatops.lines import SWEEP, random_lines
from tests.factories import make_incident, make_person, make_private_incident


def _commands(reply: Reply) -> list[str]:
    return [button.command for button in reply.buttons]


def test_unknown_word_is_never_run_but_offered(type_line: Type, room: Incident) -> None:
    reply = type_line("/incident resovle cache  was “cold”", room=room)

    assert reply.text == (
        'No "resovle". Did you mean resolve? · /incident help\n```\n/incident resovle cache  was “cold”\n```'
    )
    assert [(b.label, b.command) for b in reply.buttons] == [("Run it", "/incident resolve cache  was “cold”")]
    assert not reply.ok
    assert not reply.to_everyone
    room.refresh_from_db()
    assert room.is_open


def test_no_incident_here_says_which(type_line: Type, ada: User) -> None:
    mail = make_incident("mail", by=ada)
    make_private_incident("canary", by=make_person("bo@example.com"))
    checkout = make_incident("checkout", by=ada)

    reply = type_line("/incident resolve it was DNS")

    assert reply.text.startswith(
        f"This room has no incident. Say which: /incident resolve #{checkout.pk} "
        f"(2 open: #{checkout.pk} checkout, #{mail.pk} mail)."
    )
    assert _commands(reply) == [
        f"/incident resolve #{checkout.pk} it was DNS",
        f"/incident resolve #{mail.pk} it was DNS",
    ]


def test_no_incident_at_all_offers_to_declare(type_line: Type) -> None:
    assert type_line("/incident resolve").text.startswith(
        "This room has no incident, and none is open. Declare one: `/incident create <title>`"
    )


def test_missing_severity_is_asked_with_buttons_that_keep_the_line(type_line: Type, room: Incident) -> None:
    reply = type_line(f"/Incident sev #{room.pk}")

    assert reply.text.startswith("How bad is it?\n")
    assert reply.buttons[0].label == "SEV1 critical"
    assert _commands(reply)[0] == f"/Incident sev #{room.pk} 1"


def test_missing_person_is_asked_with_people_of_the_room(type_line: Type, room: Incident, bo: User) -> None:
    type_line("/incident invite @bo", room=room)

    reply = type_line("/incident handoff", room=room)

    assert _commands(reply) == ["/incident handoff @bo"]


def test_ambiguous_person_is_asked_with_buttons(type_line: Type, room: Incident) -> None:
    make_person("bo.a@example.com", name="Bo Ahl")
    make_person("bo.b@example.com", name="Bo Berg")

    reply = type_line("/incident handoff Bo the queue is yours", room=room)

    assert reply.text.startswith('Which "Bo"?\n')
    assert _commands(reply) == [
        "/incident handoff @boa the queue is yours",
        "/incident handoff @bob the queue is yours",
    ]


def test_unknown_person_suggests_the_near_one(type_line: Type, room: Incident, cleo: User) -> None:
    reply = type_line("/incident assign comms @celo", room=room)

    assert reply.text.startswith('There is nobody called "celo". Did you mean @cleo?')
    assert _commands(reply) == ["/incident assign comms @cleo"]


def test_guessed_time_is_asked(type_line: Type, room: Incident, ada: User) -> None:
    ada.time_zone = "Europe/Berlin"

    reply = type_line("/incident note mails came in --at 9", room=room)

    assert reply.text.startswith('I read "9" as 09:00 Berlin (')
    assert "OK?" in reply.text
    assert type_line(reply.buttons[0].command, room=room).ok


def test_not_allowed_says_who_is(type_line: Type, room: Incident, dan: User) -> None:
    reply = type_line("/incident sev 1", room=room, by=dan)

    assert reply.text == (
        "You can't change this incident. Allowed: responders, the commander and administrators.\n"
        "```\n/incident sev 1\n```"
    )


def test_already_so_is_no_error(type_line: Type, room: Incident) -> None:
    reply = type_line("/incident sev 2", room=room)

    assert reply.text.startswith("Already SEV2 since ")
    assert reply.ok
    assert not reply.to_everyone


def test_two_people_at_once_are_asked(type_line: Type, room: Incident, ada: User, bo: User) -> None:
    facts.set_severity(number=room.pk, severity=3, by=Actor.person(bo, "web"))

    reply = type_line("/incident sev 1 all customers", room=room)

    assert reply.text == "Bo changed this 1 s ago to SEV3. Yours: SEV1."
    assert [b.label for b in reply.buttons] == ["Set SEV1", "Keep SEV3"]
    assert type_line(reply.buttons[0].command, room=room).text == f"#{room.pk} is now SEV1 (was SEV3)."
    assert type_line(reply.buttons[0].command, room=room).text.startswith("Already SEV1")


def test_two_people_taking_the_lead_at_once_are_asked(type_line: Type, room: Incident, bo: User, cleo: User) -> None:
    type_line("/incident lead", room=room, by=bo)

    reply = type_line("/incident lead", room=room, by=cleo)

    assert reply.text == "Bo changed this 1 s ago to Bo. Yours: Cleo."
    assert "Cleo is now commander" in type_line(reply.buttons[0].command, room=room, by=cleo).text


def test_refusal_of_the_core_gives_message_hint_and_line(type_line: Type, room: Incident) -> None:
    type_line("/incident resolve", room=room)

    reply = type_line("/incident close", room=room)

    assert reply.text == (
        "SEV2 needs a commander before closing. Assign the role, or close with a reason of 10 characters "
        "or more.\n```\n/incident close\n```"
    )


def test_unexpected_errors_are_raised(type_line: Type, room: Incident, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "rename", lambda **_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        type_line("/incident title x y", room=room)


def test_every_refusal_becomes_a_reply(type_line: Type, room: Incident, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise Conflict("Somebody was faster.", hint="Try again.")

    monkeypatch.setattr(facts, "rename", refuse)

    assert type_line("/incident title x y", room=room).text.startswith("Somebody was faster. Try again.\n```")


def test_refusal_inside_a_transaction_takes_back_what_was_written(
    type_line: Type, room: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = facts.rename

    def write_then_refuse(**given: object) -> None:
        rename(**given)  # type: ignore[arg-type]
        raise Conflict("Somebody was faster.")

    monkeypatch.setattr(facts, "rename", write_then_refuse)

    with transaction.atomic():
        reply = type_line("/incident title Something else", room=room)

    assert not reply.ok
    room.refresh_from_db()
    assert (room.title, room.last_sequence) == ("Checkout 5xx", room.events.count())


def test_reference_that_may_be_text_is_asked(type_line: Type, room: Incident, ada: User) -> None:
    other = make_incident("mail", by=ada)

    reply = type_line(f"/incident note #{other.pk} looks the same", room=room)

    assert not reply.ok
    assert _commands(reply) == [
        f"/incident note --incident {other.pk} looks the same",
        f"/incident note --incident {room.pk} #{other.pk} looks the same",
    ]
    assert type_line(_commands(reply)[1], room=room).incident == room.pk
    note = room.events.get(kind="note")
    assert note.shown_text == f"#{other.pk} looks the same"


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("resolve", "resolved"),
        ("incident resolve", "resolved"),
        ("/incident please resolve", "resolved"),
        ("/INCIDENT Status Fixing", "fixing"),
        ("/incident\u00a0status\u00a0to fixing please wait", "fixing"),
        ("  /incident   status monitoring", "monitoring"),
    ],
)
def test_many_ways_to_type_a_line(type_line: Type, room: Incident, line: str, status: str) -> None:
    assert type_line(line, room=room).ok
    room.refresh_from_db()
    assert room.status == status


def test_reference_may_stand_first(type_line: Type, room: Incident) -> None:
    assert type_line(f"/incident #{room.pk} status fixing now").ok
    assert f"#{room.pk} SEV2 · fixing" in type_line(f"/incident #{room.pk}").text


def test_wrong_root_finds_the_command(type_line: Type, room: Incident) -> None:
    reply = type_line("/resolve it was DNS", room=room)

    assert reply.text.startswith('No "/resolve". Did you mean /incident resolve?')
    assert _commands(reply) == ["/incident resolve it was DNS"]


def test_text_after_a_group_is_offered_to_be_added(type_line: Type, room: Incident) -> None:
    reply = type_line("/incident task call the vendor", room=room)

    assert _commands(reply) == ["/incident task add call the vendor"]


@pytest.mark.parametrize("line", ["", "/", "/incident", "incident", "  "])
def test_empty_root_is_a_menu(type_line: Type, room: Incident, line: str) -> None:
    inside, outside = type_line(line, room=room), type_line(line)

    assert [b.label for b in inside.buttons][:2] == ["Update", "Severity"]
    assert outside.buttons[0].command == "/incident create"
    assert len(inside.buttons) <= 8


def test_group_alone_is_a_menu(type_line: Type, room: Incident) -> None:
    assert "/incident task add" in _commands(type_line("/incident task", room=room))


def test_room_of_a_merged_incident_means_where_it_went(type_line: Type, room: Incident, ada: User) -> None:
    other = make_incident("mail", by=ada, severity=4)
    type_line(f"/incident merge into #{other.pk}", room=room)

    assert type_line("/incident sev 3", room=room).incident == other.pk


def test_typed_line_is_given_back_whole() -> None:
    assert echo("a ``` b") == "````\na ``` b\n````"
    assert echo("x\ud800\x00") == "```\nx\ufffd\ufffd\n```"


def test_too_long_and_broken_lines_are_refused_with_words(type_line: Type, room: Incident) -> None:
    assert "12,000" in type_line("/incident note " + "x" * 12_000, room=room).text
    assert "broken character" in type_line("/incident note a\ud800b", room=room).text


def test_random_lines_never_break_the_router(room: Incident, actor_ada: Actor, bo: User) -> None:
    for typed in random_lines(2000 if SWEEP else 150, seed=9):
        reply = answer(Context(by=actor_ada, typed=typed, incident=room))
        assert reply.text.encode()
        assert len(reply.buttons) <= 8


@pytest.mark.django_db
def test_a_form_where_none_can_be_opened_is_refused_with_the_line_given_back(bo: User) -> None:
    incident = make_incident(by=bo)
    reply = answer(Context(by=Actor.person(bo, "web"), typed="/incident update --form slow", incident=incident))

    assert not reply.ok
    assert "A form can't be opened here." in reply.text
    assert "/incident update --form slow" in reply.text
    assert not incident.updates.exists()
