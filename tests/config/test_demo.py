"""The demo organisation shows what Warroom does with a connected chat, without needing one."""

import pytest

from config.demo.organisation import remove_demo, seed_demo
from incidents.models import Attachment, Incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Incident:
    """The past incident that was worked in Slack as well."""
    seed_demo()
    return Incident.objects.get(title__startswith="Search returns nothing")


def test_lines_and_updates_from_slack_stand_beside_those_of_the_web_room(told: Incident) -> None:
    kinds = set(told.events.filter(surface="slack").values_list("kind", flat=True))

    assert {"message", "update.published", "reaction.added"} <= kinds
    assert told.events.filter(surface="web", kind="message").exists()


def test_a_reaction_has_made_a_task_of_a_line_and_it_is_done(told: Incident) -> None:
    task = told.action_items.get(kind="task")

    assert task.origin is not None
    assert task.text == task.origin.shown_text
    assert task.done_at is not None


def test_there_is_a_picture_in_the_timeline(told: Incident) -> None:
    kept = Attachment.objects.get(incident=told)

    assert kept.content_type == "image/png"
    assert kept.alt
    assert kept.event is not None


def test_the_outage_of_the_chat_was_said_in_order(told: Incident) -> None:
    said = list(told.events.filter(kind="room.step").order_by("shown_at").values_list("text", flat=True))

    assert [text.split(":")[0] for text in said] == ["Slack is paused", "Slack is back"]
    between = told.events.filter(kind="message", text__startswith="Slack is away").get()
    assert told.events.filter(kind="room.step", shown_at__lt=between.shown_at).count() == 1


def test_its_history_lies_in_the_past_and_nothing_is_wrong_with_it(told: Incident) -> None:
    times = list(told.events.order_by("sequence").values_list("shown_at", flat=True))

    assert times == sorted(times)
    assert remove_demo() == 4
    assert not Attachment.objects.exists()
