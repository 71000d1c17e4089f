"""A secret that somebody pastes is kept nowhere, and its owner is told to revoke it."""

import json
import logging

import pytest
from django.core.serializers import serialize

from accounts.actors import Actor
from accounts.models import AuditEntry
from common.errors import Invalid
from common.logs import Redacting
from connections.models import Delivery
from incidents.exporting import export_postmortem, export_timeline
from incidents.models import ActionItem, Incident, Postmortem, TimelineEvent, Update
from incidents.operations import facts, lifecycle, postmortems, talk, tasks, updates
from incidents.operations.declare import declare_incident
from tests.common.test_redaction import made

pytestmark = pytest.mark.django_db
SECRET = "gh" + "p_" + made(36)


@pytest.fixture
def incident(actor_bo: Actor) -> Incident:
    return declare_incident(by=actor_bo, title=f"Push with {SECRET} fails", summary=f"curl -u x:{SECRET}")


def test_it_is_in_no_row_and_no_paper(incident: Incident, actor_bo: Actor) -> None:
    number = incident.pk
    line = talk.say(number=number, text=f"it was {SECRET}, and **more**", by=actor_bo)
    talk.edit_line(number=number, sequence=line.sequence, text=f"it is {SECRET}", by=actor_bo)
    talk.pin(number=number, sequence=line.sequence, by=actor_bo)
    talk.add_note(number=number, text=SECRET, by=actor_bo)
    tasks.add_item(number=number, text=f"revoke {SECRET}", by=actor_bo)
    updates.publish_update(number=number, text=SECRET, by=actor_bo, now=SECRET, public_text=SECRET)
    facts.rename(number=number, title=f"{SECRET} again", by=actor_bo)
    lifecycle.resolve_incident(number=number, by=actor_bo, text=SECRET)
    postmortem = Postmortem.objects.get(incident=number)
    postmortems.edit_postmortem(number=number, body=f"{postmortem.body}\n{SECRET}", version=1, by=actor_bo)

    kept = "".join(
        serialize("json", table.objects.all())
        for table in (Incident, TimelineEvent, ActionItem, Update, Postmortem, AuditEntry, Delivery)
    )
    incident.refresh_from_db()
    papers = b"".join(
        [export_timeline(incident, actor_bo, form).content for form in ("md", "csv", "json")]
        + [export_postmortem(incident, actor_bo, form).content for form in ("md", "html", "json")]
    )

    assert SECRET not in kept
    assert SECRET.encode() not in papers
    assert "‹GitHub token removed›" in kept


def test_the_room_is_told_once_for_a_line(incident: Incident, actor_bo: Actor) -> None:
    talk.say(number=incident.pk, text=f"{SECRET} and {SECRET}", by=actor_bo)
    talk.say(number=incident.pk, text="nothing here", by=actor_bo)

    [told] = incident.events.filter(kind="secret.removed")

    assert told.shown_text == "Kept out of what Bo wrote: GitHub token. Revoke it if it was real."


def test_of_a_line_from_a_chat_it_is_said_that_it_is_still_there(incident: Incident) -> None:
    by = Actor.outsider("Bo", "slack", "slack:U1").in_the_room_of(incident.pk)

    talk.say(number=incident.pk, text=SECRET, by=by, outside_id="slack:C1:1.1")
    talk.say(number=incident.pk, text=SECRET, by=by, outside_id="slack:C1:1.1")

    [told] = incident.events.filter(kind="secret.removed")
    assert "still be read in the chat: delete it there" in told.shown_text


def test_an_address_with_a_secret_is_refused(incident: Incident, actor_bo: Actor) -> None:
    with pytest.raises(Invalid, match="holds a secret"):
        facts.add_link(number=incident.pk, url=f"https://example.org/?token={SECRET}", by=actor_bo)


def test_a_line_that_grows_by_what_is_taken_out_still_fits(incident: Incident, actor_bo: Actor) -> None:
    line = talk.say(number=incident.pk, text=("pass" + "word=a1b2c3 ") * 740, by=actor_bo)

    assert len(line.shown_text) <= 12_000
    assert "a1b2c3" not in line.shown_text


def test_the_log_holds_none() -> None:
    try:
        raise RuntimeError(json.dumps({"header": SECRET}))
    except RuntimeError as error:
        record = logging.LogRecord(
            "warroom",
            logging.ERROR,
            __file__,
            1,
            "failed with %s",
            (SECRET,),
            (type(error), error, error.__traceback__),
        )

    text = Redacting("%(message)s").format(record)

    assert SECRET not in text
    assert "RuntimeError" in text
