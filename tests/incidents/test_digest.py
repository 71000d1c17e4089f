"""What somebody missed is said at the same cost, however long they were away; a long timeline leaves in batches."""

import gc
import json
import weakref

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from incidents import exporting
from incidents.models import Incident, TimelineEvent
from incidents.operations import lifecycle, talk
from incidents.queries import digest
from tests.factories import make_incident

pytestmark = pytest.mark.django_db


def talked(by: Actor, lines: int) -> Incident:
    """An incident with many lines in which the newest one is pinned."""
    incident = make_incident(by=by)
    line = talk.say(number=incident.pk, text="The pool is full", by=by)
    talk.pin(number=incident.pk, sequence=line.sequence, by=by)
    model = TimelineEvent.objects.get(pk=line.pk)
    first = Incident.objects.get(pk=incident.pk).last_sequence
    rows = []
    for n in range(1, lines + 1):
        model.pk, model.sequence, model.outside_id = None, first + n, None
        rows.append(TimelineEvent(**{f.attname: getattr(model, f.attname) for f in model._meta.concrete_fields}))
    TimelineEvent.objects.bulk_create(rows)
    Incident.objects.filter(pk=incident.pk).update(last_sequence=first + lines)
    return Incident.objects.get(pk=incident.pk)


def test_queries_and_rows_do_not_grow(actor_bo: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = TimelineEvent.from_db.__func__  # type: ignore[attr-defined]

    def counted(cls: type, *args: object) -> object:
        made.append(1)
        return real(cls, *args)

    monkeypatch.setattr(TimelineEvent, "from_db", classmethod(counted))
    spent = []
    for lines, shown in ((200, "201 lines by Bo"), (2000, "1,000+ lines by Bo")):
        incident = talked(actor_bo, lines)
        made.clear()
        with CaptureQueriesContext(connection) as queries:
            said = digest(incident, 1)
        spent.append((len(queries), len(made)))
        assert shown in said

    assert spent[0] == spent[1]
    assert spent[0][1] <= 50


def test_it_says_who_talked_and_what_became_of_it(actor_bo: Actor, actor_cleo: Actor) -> None:
    incident = make_incident(by=actor_bo)
    talk.say(number=incident.pk, text="lunch?", by=actor_cleo)
    talk.say(number=incident.pk, text="later", by=actor_bo)
    lifecycle.mitigate(number=incident.pk, by=actor_bo, text="switched over")

    said = digest(Incident.objects.get(pk=incident.pk), 1)

    assert "2 lines by Bo, Cleo" in said
    assert "switched over" in said
    assert "lunch" not in said
    assert digest(incident, 10**6) == "Nothing happened since you last looked."


@pytest.mark.parametrize("form", ["md", "csv", "json"])
def test_a_download_keeps_a_batch_in_memory_and_not_the_whole(
    actor_bo: Actor, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    incident = talked(actor_bo, 300)
    monkeypatch.setattr(exporting, "_BATCH", 20)

    made: list[weakref.ref[TimelineEvent]] = []
    real = TimelineEvent.from_db.__func__  # type: ignore[attr-defined]
    most = 0

    def counted(cls: type, *args: object) -> TimelineEvent:
        nonlocal most
        event: TimelineEvent = real(cls, *args)
        made.append(weakref.ref(event))
        if len(made) % 50 == 0:
            gc.collect()
            most = max(most, sum(ref() is not None for ref in made))
        return event

    monkeypatch.setattr(TimelineEvent, "from_db", classmethod(counted))

    content = exporting.export_timeline(incident, actor_bo, form).content

    assert len(made) >= 300
    assert 0 < most < 150
    if form == "json":
        assert len(json.loads(content)["timeline"]) == 302
