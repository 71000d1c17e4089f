"""The postmortem writes its own draft, is edited by people, and leaves in four formats."""

import io
import json
import re

import pytest
from docx import Document

from accounts.actors import Actor
from common.errors import Conflict, Invalid, NotFound
from incidents.exporting import export_postmortem, export_timeline, harmless
from incidents.models import Incident, Postmortem
from incidents.operations import lifecycle, postmortems, talk, tasks
from incidents.operations.attachments import keep_file
from incidents.operations.declare import declare_incident
from incidents.timeline.frames import log_json
from tests.factories.files import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def resolved(actor_bo: Actor) -> Incident:
    incident = declare_incident(by=actor_bo, title="Checkout returns 5xx", severity=1, impact="4 of 10 orders fail")
    line = talk.say(number=incident.pk, text="**Pool** is too small", by=actor_bo)
    talk.pin(number=incident.pk, sequence=line.sequence, by=actor_bo)
    talk.say(number=incident.pk, text="lunch?", by=actor_bo)
    question = talk.say(number=incident.pk, text="Why was it 20?", by=actor_bo)
    talk.react(number=incident.pk, sequence=question.sequence, emoji="❓", by=actor_bo)
    tasks.add_item(number=incident.pk, text="Alert on pool size", by=actor_bo, kind="follow-up")
    lifecycle.resolve_incident(number=incident.pk, by=actor_bo, text="Pool back to 200")
    return Incident.objects.get(pk=incident.pk)


def test_the_draft_holds_what_was_pinned_and_leaves_talk_out(resolved: Incident) -> None:
    body = resolved.postmortem.body

    assert "4 of 10 orders fail" in body
    assert "Bo: **Pool** is too small" in body
    assert "lunch" not in body
    assert "Open questions" in body
    assert "Why was it 20?" in body
    assert "Alert on pool size · follow-up" in body
    assert "| Resolved |" in body


def test_saving_over_somebody_elses_text_is_refused(resolved: Incident, actor_bo: Actor, actor_cleo: Actor) -> None:
    postmortems.edit_postmortem(number=resolved.pk, body="mine", version=1, by=actor_bo)

    with pytest.raises(Conflict, match="Bo saved version 2"):
        postmortems.edit_postmortem(number=resolved.pk, body="hers", version=1, by=actor_cleo)

    assert Postmortem.objects.get().body == "mine"


def test_later_pins_are_offered_and_not_applied_by_themselves(resolved: Incident, actor_bo: Actor) -> None:
    before = resolved.postmortem.body
    line = talk.say(number=resolved.pk, text="It was the settings file", by=actor_bo)
    talk.pin(number=resolved.pk, sequence=line.sequence, by=actor_bo)

    offered = postmortems.offers(Postmortem.objects.get())
    assert [moment.text for moment in offered] == ["It was the settings file"]
    assert Postmortem.objects.get().body == before
    postmortems.take_offers(number=resolved.pk, by=actor_bo, insert=True)

    assert "It was the settings file" in Postmortem.objects.get().body
    assert postmortems.offers(Postmortem.objects.get()) == []


def test_a_second_resolve_keeps_what_people_wrote(resolved: Incident, actor_bo: Actor) -> None:
    postmortems.edit_postmortem(number=resolved.pk, body="what we learned", version=1, by=actor_bo)
    lifecycle.reopen_incident(number=resolved.pk, by=actor_bo, reason="Errors came back")

    lifecycle.resolve_incident(number=resolved.pk, by=actor_bo)

    assert Postmortem.objects.get().body == "what we learned"


def test_it_goes_from_draft_to_review_to_published(resolved: Incident, actor_bo: Actor, actor_ada: Actor) -> None:
    postmortems.move_postmortem(number=resolved.pk, state="review", by=actor_bo)
    postmortems.move_postmortem(number=resolved.pk, state="published", by=actor_ada)

    published = Postmortem.objects.get()
    assert published.state == "published"
    assert published.published_by == actor_ada.user
    with pytest.raises(Conflict):
        postmortems.move_postmortem(number=resolved.pk, state="review", by=actor_bo)


def test_a_draft_is_not_published_without_review(resolved: Incident, actor_bo: Actor) -> None:
    with pytest.raises(Conflict, match="draft postmortem can't become published"):
        postmortems.move_postmortem(number=resolved.pk, state="published", by=actor_bo)

    assert Postmortem.objects.get().state == "draft"


class TestPublished:
    @pytest.fixture
    def published(self, resolved: Incident, actor_bo: Actor) -> Incident:
        postmortems.edit_postmortem(number=resolved.pk, body="the first truth", version=1, by=actor_bo)
        for state in ("review", "published"):
            postmortems.move_postmortem(number=resolved.pk, state=state, by=actor_bo)
        return resolved

    def test_it_is_taken_back_before_it_is_edited(self, published: Incident, actor_bo: Actor) -> None:
        with pytest.raises(Conflict, match="take it back to draft first"):
            postmortems.edit_postmortem(number=published.pk, body="another", version=2, by=actor_bo)

        postmortems.move_postmortem(number=published.pk, state="draft", by=actor_bo)
        postmortems.edit_postmortem(number=published.pk, body="another", version=2, by=actor_bo)

        assert Postmortem.objects.get().body == "another"

    def test_nothing_is_inserted_into_it(self, published: Incident, actor_bo: Actor) -> None:
        line = talk.say(number=published.pk, text="It was the settings file", by=actor_bo)
        talk.pin(number=published.pk, sequence=line.sequence, by=actor_bo)

        with pytest.raises(Conflict, match="take it back"):
            postmortems.take_offers(number=published.pk, by=actor_bo, insert=True)

        assert Postmortem.objects.get().body == "the first truth"

    def test_the_log_keeps_what_was_published_and_does_not_send_it_along(
        self, published: Incident, actor_bo: Actor
    ) -> None:
        postmortems.move_postmortem(number=published.pk, state="draft", by=actor_bo)
        postmortems.edit_postmortem(number=published.pk, body="another", version=2, by=actor_bo)

        kept = published.events.get(kind="postmortem.state", data__new="published")
        assert kept.data["body"] == "the first truth"
        assert "body" not in log_json(kept)["data"]


def test_an_open_incident_is_not_published(actor_bo: Actor) -> None:
    incident = declare_incident(by=actor_bo, title="Mail")
    postmortems.start_postmortem(number=incident.pk, by=actor_bo)

    with pytest.raises(Conflict, match="Resolve"):
        postmortems.move_postmortem(number=incident.pk, state="published", by=actor_bo)


class TestExport:
    def test_markdown_has_title_and_body(self, resolved: Incident, actor_bo: Actor) -> None:
        exported = export_postmortem(resolved, actor_bo, "md")

        text = exported.content.decode()
        assert text.startswith(f"# SEV1 #{resolved.pk} Checkout returns 5xx")
        assert "Pool back to 200" in text
        assert exported.filename == f"incident-{resolved.pk}-checkout-returns-5xx-postmortem.md"

    def test_html_is_one_file_with_its_pictures_and_no_script(self, resolved: Incident, actor_bo: Actor) -> None:
        kept = keep_file(number=resolved.pk, name="graph.png", content=picture(), by=actor_bo)
        line = talk.say(number=resolved.pk, text="graph", by=actor_bo, attachments=[kept.pk])
        talk.pin(number=resolved.pk, sequence=line.sequence, by=actor_bo)
        postmortems.edit_postmortem(
            number=resolved.pk, body="<script>alert(1)</script> **bold**", version=1, by=actor_bo
        )

        html = export_postmortem(resolved, actor_bo, "html").content.decode()

        assert "data:image/png;base64," in html
        assert "<strong>bold</strong>" in html
        assert "<script" not in html

    def test_json_has_facts_items_and_body(self, resolved: Incident, actor_bo: Actor) -> None:
        data = json.loads(export_postmortem(resolved, actor_bo, "json").content)

        assert data["incident"]["number"] == resolved.pk
        assert data["action_items"][0]["text"] == "Alert on pool size"
        assert data["body"] == resolved.postmortem.body

    def test_word_opens_with_headings_lists_and_tables(self, resolved: Incident, actor_bo: Actor) -> None:
        document = Document(io.BytesIO(export_postmortem(resolved, actor_bo, "docx").content))

        text = "\n".join(paragraph.text for paragraph in document.paragraphs)
        assert "Pool is too small" in text
        assert document.tables
        assert any(paragraph.style.name.startswith("Heading") for paragraph in document.paragraphs)

    def test_a_picture_from_elsewhere_is_a_plain_link(self, resolved: Incident, actor_bo: Actor) -> None:
        postmortems.edit_postmortem(
            number=resolved.pk, body="See ![the graph](http://graphs.example.com/1.png) here", version=1, by=actor_bo
        )

        html = export_postmortem(resolved, actor_bo, "html").content.decode()
        word = Document(io.BytesIO(export_postmortem(resolved, actor_bo, "docx").content))

        assert re.search(r'See <a [^>]*href="http://graphs.example.com/1.png"[^>]*>the graph</a> here', html)
        text = "\n".join(paragraph.text for paragraph in word.paragraphs)
        assert "See the graph (http://graphs.example.com/1.png) here" in text

    def test_another_format_is_named(self, resolved: Incident, actor_bo: Actor) -> None:
        with pytest.raises(Invalid, match="docx"):
            export_postmortem(resolved, actor_bo, "pdf")

    def test_a_private_one_is_not_there_for_others(self, actor_bo: Actor, actor_cleo: Actor) -> None:
        incident = declare_incident(by=actor_bo, title="Leak", is_private=True)
        lifecycle.resolve_incident(number=incident.pk, by=actor_bo)

        for export, form in ((export_postmortem, "md"), (export_timeline, "json")):
            with pytest.raises(NotFound):
                export(incident, actor_cleo, form)

    @pytest.mark.parametrize("form", ["md", "csv", "json"])
    def test_the_timeline_leaves_as_a_file(self, resolved: Incident, actor_bo: Actor, form: str) -> None:
        content = export_timeline(resolved, actor_bo, form).content.decode()

        assert "lunch?" in content

    @pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =cmd|'/c calc'!A0"])
    def test_no_cell_starts_a_formula(self, cell: str) -> None:
        assert harmless(cell).startswith("'")
