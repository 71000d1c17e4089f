"""Lines: said once, edited with their versions, deleted with a tombstone, pinned, reacted to."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.actors import Actor
from accounts.models import AuditEntry
from common import clock
from common.errors import Conflict, Invalid, NotAllowed
from incidents.models import Incident, TimelineEvent
from incidents.operations import corrections, people, talk
from incidents.operations.declare import declare_incident
from incidents.queries import latest_page, log_after, story, versions_of
from incidents.rules.reactions import meaning_of
from incidents.timeline.frames import event_json

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(actor_bo: Actor) -> Incident:
    return declare_incident(by=actor_bo, title="Checkout returns 5xx", severity=1)


def test_sequences_count_up_without_a_hole(incident: Incident, actor_bo: Actor) -> None:
    for n in range(5):
        talk.say(number=incident.pk, text=f"line {n}", by=actor_bo)

    sequences = [event.sequence for event in log_after(incident.pk, 0)]

    incident.refresh_from_db()
    assert sequences == list(range(1, 7))
    assert incident.last_sequence == 6


def test_the_same_outside_id_is_one_line(incident: Incident, actor_bo: Actor) -> None:
    first = talk.say(number=incident.pk, text="hello", by=actor_bo, outside_id="slack:T1:C1:1.1")

    second = talk.say(number=incident.pk, text="hello", by=actor_bo, outside_id="slack:T1:C1:1.1")

    assert first.pk == second.pk


def test_an_edit_keeps_the_former_text_and_the_log_keeps_both(incident: Incident, actor_bo: Actor) -> None:
    line = talk.say(number=incident.pk, text="38 %", by=actor_bo)

    talk.edit_line(number=incident.pk, sequence=line.sequence, text="3.8 %", by=actor_bo)

    line.refresh_from_db()
    shown = event_json(line, versions_of([line])[line.pk])
    assert line.text == "38 %"
    assert shown["text"] == "3.8 %"
    assert shown["edited"] is True
    assert [version["text"] for version in shown["versions"]] == ["38 %"]
    assert log_after(incident.pk, line.sequence)[0].kind == "message.edited"


def test_nobody_edits_somebody_elses_line(incident: Incident, actor_bo: Actor, actor_cleo: Actor) -> None:
    line = talk.say(number=incident.pk, text="38 %", by=actor_bo)

    with pytest.raises(NotAllowed, match="Bo"):
        talk.edit_line(number=incident.pk, sequence=line.sequence, text="4 %", by=actor_cleo)


def test_a_deleted_line_leaves_its_mark_and_no_words(incident: Incident, actor_bo: Actor) -> None:
    line = talk.say(number=incident.pk, text="my password is hunter2", by=actor_bo)

    talk.delete_line(number=incident.pk, sequence=line.sequence, by=actor_bo)

    line.refresh_from_db()
    shown = event_json(line)
    assert shown["deleted"] is True
    assert shown["text"] == ""
    with pytest.raises(Conflict):
        talk.edit_line(number=incident.pk, sequence=line.sequence, text="again", by=actor_bo)


def test_the_commander_may_delete_any_line(incident: Incident, actor_bo: Actor, actor_cleo: Actor) -> None:
    assert actor_cleo.user is not None
    people.assign_role(number=incident.pk, role="commander", user=actor_cleo.user, by=actor_bo)
    line = talk.say(number=incident.pk, text="oops", by=actor_bo)

    talk.delete_line(number=incident.pk, sequence=line.sequence, by=actor_cleo)

    line.refresh_from_db()
    assert line.deleted_at is not None


def test_what_the_system_wrote_stays(incident: Incident, actor_bo: Actor) -> None:
    with pytest.raises(Conflict, match="system"):
        talk.delete_line(number=incident.pk, sequence=1, by=actor_bo)


def test_a_pushpin_reaction_pins_and_taking_the_last_away_unpins(
    incident: Incident, actor_bo: Actor, actor_cleo: Actor
) -> None:
    line = talk.say(number=incident.pk, text="deploy at 03:00", by=actor_bo)

    talk.react(number=incident.pk, sequence=line.sequence, emoji="📌", by=actor_bo)
    talk.react(number=incident.pk, sequence=line.sequence, emoji="📌", by=actor_cleo)
    talk.react(number=incident.pk, sequence=line.sequence, emoji="📌", by=actor_bo, on=False)
    assert line.pk in {event.pk for event in story(incident)}
    talk.react(number=incident.pk, sequence=line.sequence, emoji="📌", by=actor_cleo, on=False)

    assert line.pk not in {event.pk for event in story(incident)}


def test_the_same_reaction_twice_counts_once(incident: Incident, actor_bo: Actor) -> None:
    line = talk.say(number=incident.pk, text="nice", by=actor_bo)

    talk.react(number=incident.pk, sequence=line.sequence, emoji="🎉", by=actor_bo)
    talk.react(number=incident.pk, sequence=line.sequence, emoji="🎉", by=actor_bo)

    line.refresh_from_db()
    assert event_json(line)["reactions"] == [{"emoji": "🎉", "count": 1, "names": ["Bo"]}]


def test_a_note_of_an_earlier_time_stands_where_it_happened(incident: Incident, actor_bo: Actor) -> None:
    earlier = clock.now() - timedelta(hours=1)

    note = talk.add_note(number=incident.pk, text="Disk was full", by=actor_bo, at=earlier)

    events, _ = latest_page(incident)
    assert events[0].pk == note.pk
    with pytest.raises(Invalid):
        talk.add_note(number=incident.pk, text="x", by=actor_bo, at=clock.now() + timedelta(hours=1))


def test_a_corrected_time_keeps_the_original(incident: Incident, actor_bo: Actor) -> None:
    line = talk.say(number=incident.pk, text="it began", by=actor_bo)
    at = line.occurred_at - timedelta(minutes=20)

    corrections.correct_time(number=incident.pk, sequence=line.sequence, at=at, by=actor_bo)

    fresh = TimelineEvent.objects.get(pk=line.pk)
    assert fresh.shown_at == at
    assert fresh.occurred_at == line.occurred_at


def test_replies_count_on_the_line_they_answer(incident: Incident, actor_bo: Actor) -> None:
    root = talk.say(number=incident.pk, text="who?", by=actor_bo)

    reply = talk.say(number=incident.pk, text="me", by=actor_bo, thread_of=root.sequence)
    talk.say(number=incident.pk, text="and me", by=actor_bo, thread_of=reply.sequence)

    root.refresh_from_db()
    assert root.reply_count == 2


@pytest.mark.parametrize("text", ["", "   ", "x" * 12_001, "a\x00b", "\udfff", "a\u202eb"])
def test_lines_that_do_not_fit_are_refused(incident: Incident, actor_bo: Actor, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        talk.say(number=incident.pk, text=text, by=actor_bo)

    assert refused.value.field == "text"


def test_each_line_is_audited_by_a_digest_and_not_by_its_words(incident: Incident, actor_bo: Actor) -> None:
    line = talk.say(number=incident.pk, text="secret words", by=actor_bo)

    entry = AuditEntry.objects.get(action="message")

    assert entry.content_digest == line.content_digest
    assert "secret" not in str(entry.before) + str(entry.after)


def test_the_page_of_a_long_room_takes_the_same_queries_as_a_short_one(
    incident: Incident, actor_bo: Actor, django_assert_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    talk.say(number=incident.pk, text="one", by=actor_bo)
    with CaptureQueriesContext(connection) as few:
        latest_page(incident)
    for n in range(300):
        talk.say(number=incident.pk, text=f"line {n}", by=actor_bo)

    with CaptureQueriesContext(connection) as many:
        events, more = latest_page(incident)

    assert len(many) == len(few)
    assert len(events) == 100
    assert more


def test_a_check_mark_makes_a_task_of_a_line_once_and_closes_it_on_the_task_s_own_line(
    incident: Incident, actor_bo: Actor, actor_cleo: Actor
) -> None:
    line = talk.say(number=incident.pk, text="somebody should\ncall the bank", by=actor_bo)
    for by in (actor_bo, actor_cleo):
        talk.react(number=incident.pk, sequence=line.sequence, emoji="✅", by=by)

    item = incident.action_items.get()
    assert (item.kind, item.text, item.origin, item.done_at) == ("task", "somebody should call the bank", line, None)

    told = incident.events.get(kind="task.added")
    talk.react(number=incident.pk, sequence=told.sequence, emoji="✅", by=actor_bo)

    item.refresh_from_db()
    assert item.is_done


def test_a_follow_up_comes_by_its_own_sign_and_not_from_who_may_not(incident: Incident, actor_bo: Actor) -> None:
    line = talk.say(number=incident.pk, text="alert on a cold cache", by=actor_bo)
    stranger = Actor.outsider("Dan", "slack", "slack:T1:U9").in_the_room_of(incident.pk)

    talk.react(number=incident.pk, sequence=line.sequence, emoji="⏩", by=stranger)
    assert not incident.action_items.exists()
    talk.react(number=incident.pk, sequence=line.sequence, emoji="⏩\ufe0f", by=actor_bo)

    assert incident.action_items.get().kind == "follow-up"


def test_signs_are_a_setting_and_none_means_two_things(settings: Any) -> None:
    settings.REACTIONS = "pin=📍+📌,task=🔨"
    assert [meaning_of(sign) for sign in ("📍", "📌", "🔨", "✅")] == ["pin", "pin", "task", None]

    settings.REACTIONS = "pin=📌,task=📌"
    with pytest.raises(ImproperlyConfigured, match="📌 means pin and task"):
        meaning_of("📌")
