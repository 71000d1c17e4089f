"""The admin: for rare edits, and no way round what the product keeps to itself."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client

from accounts import audit
from accounts.actors import SYSTEM, Actor
from accounts.models import AuditEntry, AuditLink, Role, Team, Token, User
from chatops.models import Announcement, Heard
from common.admin import Guarded, ReadOnly
from connections.models import Attempt, Connection
from incidents.models import Attachment, Incident, IncidentAlert, TimelineEvent
from incidents.operations import facts, lifecycle, people, talk, tasks, updates
from oncall.models import Service
from tests.factories import (
    link_identity,
    make_alert,
    make_connection,
    make_delivery,
    make_group,
    make_incident,
    make_private_incident,
    make_received,
    make_token,
)

pytestmark = pytest.mark.filterwarnings("ignore:No directory at")  # whitenoise, before collectstatic

CANARY = "Zitronenfalter"
OUR_APPS = ("accounts", "connections", "oncall", "alerts", "incidents", "chatops")
#: what may be edited by hand; everything else is changed by operations only
EDITABLE = {"accounts.user", "accounts.team", "oncall.service"}
#: not shown at all: remembered answers may hold anything; rows that only carry a lease say nothing
ABSENT = {"accounts.idempotencykey", "accounts.sealer", "accounts.teammember", "connections.housekeeping"}


def ours() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in OUR_APPS]


def page(client: Client, model: type[Model], *rest: object, **query: str) -> Any:
    path = "/".join(str(part) for part in rest)
    return client.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/{path}{'/' if rest else ''}", query)


@pytest.fixture
def signed_in(db: None) -> Callable[[User], Client]:
    def client(user: User) -> Client:
        made = Client(raise_request_exception=False)
        made.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return made

    return client


@pytest.fixture
def chat(db: None) -> Connection:
    return make_connection("fakechat", secrets={"bot_token": "xoxb-very-secret"})


@pytest.fixture
def secret_incident(bo: User, chat: Connection) -> Incident:
    """Bo's private incident: every kind of row that can hang under one says the canary word."""
    by = Actor.person(bo, "web")
    incident = make_private_incident(f"{CANARY} leaked", by=bo, summary=CANARY)
    number = incident.pk
    line = talk.say(number=number, text=f"The {CANARY} is out", by=by)
    talk.edit_line(number=number, sequence=line.sequence, text=f"{CANARY} edited", by=by)
    tasks.add_item(number=number, text=f"Catch the {CANARY}", by=by, owner=bo)
    updates.publish_update(number=number, by=by, text=f"{CANARY} update")
    people.assign_role(number=number, role="commander", user=bo, by=by)
    facts.rename(number=number, title=f"{CANARY} escaped", by=by)
    incident.refresh_from_db()
    Attachment.objects.create(
        incident=incident, event=line, name=f"{CANARY}.png", content_type="image/png", size=3, digest="0" * 64
    )
    room = incident.rooms.get()
    room.name = f"inc-{CANARY}"
    room.save()
    room.steps.update(detail=CANARY, last_error=CANARY)
    room.lane.last_error = CANARY
    room.lane.save()
    Announcement.objects.create(incident=incident, connection=chat, lane=room.lane)
    group = make_group(chat, key=CANARY, title=CANARY)
    make_alert(group, outcome=CANARY)
    IncidentAlert.objects.create(incident=incident, group=group)
    make_received(chat, incident_number=number, is_private=True, outcome_text=CANARY)
    make_received(chat, is_private=True, outcome_text=CANARY)
    delivery = make_delivery(chat, key="channel:secret", incident_number=number, last_error=CANARY)
    Attempt.objects.create(delivery=delivery, version=1, error=CANARY)
    Heard.objects.create(source="web:1", outside_id="1", user=bo, actor_name="Bo", text=CANARY, incident_number=number)
    Heard.objects.create(source="web:1", outside_id="2", user=bo, actor_name="Bo", text=CANARY)
    lifecycle.resolve_incident(number=number, by=by, text=f"{CANARY} caught")
    return Incident.objects.get(pk=number)


def texts_of(client: Client) -> dict[str, str]:
    """Every list, and every row's own page, as the client is given them."""
    found = {}
    for model in ours():
        if model._meta.label_lower in ABSENT:
            continue
        answer = page(client, model)
        assert answer.status_code == 200, model
        found[model._meta.label] = answer.content.decode()
        for pk in model._default_manager.values_list("pk", flat=True)[:40]:
            one: HttpResponse = page(client, model, pk, "change")
            assert one.status_code in (200, 302), (model, pk)
            found[f"{model._meta.label} {pk}"] = one.content.decode()
    return found


def test_every_table_of_ours_is_registered_or_left_out_on_purpose() -> None:
    missing = {model._meta.label_lower for model in ours() if not admin.site.is_registered(model)}

    assert missing == ABSENT


def test_every_page_of_ours_is_guarded() -> None:
    for model in ours():
        if admin.site.is_registered(model):
            page_of = admin.site.get_model_admin(model)
            assert isinstance(page_of, Guarded), model
            assert isinstance(page_of, ReadOnly) or model._meta.label_lower in EDITABLE, model


def test_only_administrators_come_in(signed_in: Callable[[User], Client], ada: User, bo: User, dan: User) -> None:
    assert signed_in(ada).get("/admin/").status_code == 200
    assert Client().get("/admin/").status_code == 302
    for outsider in (bo, dan):
        assert signed_in(outsider).get("/admin/").status_code == 302
        assert signed_in(outsider).get("/admin/incidents/incident/").status_code == 302


def test_a_private_incident_is_nowhere_to_be_seen(
    signed_in: Callable[[User], Client], ada: User, secret_incident: Incident
) -> None:
    make_incident("Checkout answers 5xx", by=ada)

    shown = texts_of(signed_in(ada))

    assert [where for where, text in shown.items() if CANARY in text] == []
    assert "Checkout answers 5xx" in shown["incidents.Incident"]


def test_a_member_sees_it(signed_in: Callable[[User], Client], ada: User, secret_incident: Incident) -> None:
    people.invite(number=secret_incident.pk, user=ada, by=SYSTEM)

    shown = texts_of(signed_in(ada))

    for label in ("incidents.Incident", "incidents.TimelineEvent", "incidents.ActionItem", "chatops.Room"):
        assert CANARY in shown[label], label


@pytest.mark.parametrize("model", [Incident, TimelineEvent, Heard, AuditEntry])
def test_searching_finds_nothing_private(
    signed_in: Callable[[User], Client], ada: User, secret_incident: Incident, model: type[Model]
) -> None:
    answer = page(signed_in(ada), model, q=CANARY).content.decode()

    assert "0 " in answer.split('class="paginator"')[-1]


@pytest.mark.parametrize("query", [{"incidents": "1"}, {"incidents__title__contains": CANARY}, {"incidents__gt": "0"}])
def test_an_address_can_not_ask_across_relations(
    signed_in: Callable[[User], Client], ada: User, services: dict[str, Service], query: dict[str, str]
) -> None:
    answer = page(signed_in(ada), Service, **query)

    assert answer.status_code in (302, 400)


def test_a_related_incident_shows_its_number_only(
    signed_in: Callable[[User], Client], ada: User, secret_incident: Incident
) -> None:
    other = make_incident("Checkout answers 5xx", by=ada)
    other.related.add(secret_incident)

    answer = page(signed_in(ada), Incident, other.pk, "change").content.decode()

    assert f"#{secret_incident.pk}" in answer
    assert CANARY not in answer


def test_deleted_words_are_not_shown(signed_in: Callable[[User], Client], ada: User) -> None:
    incident = make_incident(by=ada)
    line = talk.say(number=incident.pk, text="the key is hunter2", by=Actor.person(ada, "web"))
    talk.delete_line(number=incident.pk, sequence=line.sequence, by=Actor.person(ada, "web"))

    assert "hunter2" not in page(signed_in(ada), TimelineEvent, line.pk, "change").content.decode()
    assert "hunter2" not in page(signed_in(ada), TimelineEvent).content.decode()


def test_an_answer_for_one_person_is_shown_to_nobody_else(
    signed_in: Callable[[User], Client], ada: User, bo: User
) -> None:
    incident = make_incident(by=bo)
    answers = {"visibility": "user", "text": "only for Bo"}
    heard = Heard.objects.create(
        source="web:1", outside_id="9", user=bo, actor_name="Bo", text="/x", answer=answers, incident_number=incident.pk
    )

    seen_by_ada = page(signed_in(ada), Heard, heard.pk, "change").content.decode()
    bo.role = Role.ADMIN
    bo.save()

    assert "only for Bo" not in seen_by_ada
    assert "only for Bo" in page(signed_in(bo), Heard, heard.pk, "change").content.decode()


def test_history_can_not_be_written(signed_in: Callable[[User], Client], ada: User, chat: Connection) -> None:
    client = signed_in(ada)
    incident = make_incident(by=ada)
    audit.seal()
    make_delivery(chat)
    make_received(chat)
    for model in ours():
        if model._meta.label_lower in EDITABLE | ABSENT:
            continue
        pk = model._default_manager.values_list("pk", flat=True).first() or 1
        assert page(client, model, "add").status_code == 403, model
        address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/{pk}"
        assert client.post(f"{address}/change/", {"title": "changed", "status": "closed"}).status_code in (302, 403)
        assert client.post(f"{address}/delete/", {"post": "yes"}).status_code in (302, 403), model
        body = page(client, model, pk, "change").content.decode()
        assert 'name="_save"' not in body, model
    incident.refresh_from_db()
    assert (incident.title, incident.status) == ("Checkout answers 5xx", "triage")


def test_secrets_are_not_shown(signed_in: Callable[[User], Client], ada: User, bo: User, chat: Connection) -> None:
    token, _ = make_token(bo, "read")
    factor = Authenticator.objects.create(user=bo, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    link_identity(bo, "fakechat", "U1")
    client = signed_in(ada)

    pages = [*texts_of(client).values(), client.get(f"/admin/mfa/authenticator/{factor.pk}/change/").content.decode()]
    pages.append(client.get("/admin/mfa/authenticator/").content.decode())

    hidden = (token.digest, chat.sealed_secrets, "xoxb-very-secret", "JBSWY3DPEHPK3PXP", bo.password)
    assert [word for word in hidden for text in pages if word in text] == []


def test_a_lost_phone_is_forgotten_and_the_audit_says_by_whom(
    signed_in: Callable[[User], Client], ada: User, bo: User
) -> None:
    factor = Authenticator.objects.create(user=bo, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})

    signed_in(ada).post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})

    assert not Authenticator.objects.exists()
    entry = AuditEntry.objects.get(action="person.second_factor.removed")
    assert (entry.user, entry.subject_id, entry.surface) == (ada, str(bo.pk), "admin")


def test_a_name_is_put_right_and_audited(signed_in: Callable[[User], Client], ada: User, bo: User) -> None:
    client = signed_in(ada)

    answer = client.post(
        f"/admin/accounts/user/{bo.pk}/change/", {"name": "Bo B.", "time_zone": "UTC", "role": "admin"}
    )

    bo.refresh_from_db()
    assert answer.status_code == 302
    assert (bo.name, bo.role) == ("Bo B.", Role.RESPONDER)
    assert AuditEntry.objects.get(action="person.changed").after == {"name": "Bo B."}


def test_a_service_and_a_team_go_through_their_operations(
    signed_in: Callable[[User], Client], ada: User, bo: User
) -> None:
    client = signed_in(ada)

    client.post("/admin/accounts/team/add/", {"name": "Shop", "people": [bo.pk]})
    client.post("/admin/oncall/service/add/", {"name": "Check Out", "description": "", "team": Team.objects.get().pk})
    service = Service.objects.get()
    client.post(
        f"/admin/oncall/service/{service.pk}/change/", {"name": "Checkout", "description": "Basket", "team": ""}
    )

    service.refresh_from_db()
    assert (service.name, service.slug, service.team) == ("Checkout", "check-out", None)
    assert list(Team.objects.get().members.all()) == [bo]
    assert list(AuditEntry.objects.order_by("id").values_list("action", "surface")) == [
        ("team.made", "admin"),
        ("service.made", "admin"),
        ("service.changed", "admin"),
    ]


def test_a_token_is_revoked(signed_in: Callable[[User], Client], ada: User, bo: User) -> None:
    token, _ = make_token(bo, "read")

    signed_in(ada).post("/admin/accounts/token/", {"action": "revoke", "_selected_action": [token.pk]})

    assert Token.objects.get(pk=token.pk).revoked_at is not None
    assert AuditEntry.objects.filter(action="token.revoked", user=ada).exists()


def test_the_chain_can_be_looked_at(signed_in: Callable[[User], Client], ada: User) -> None:
    make_incident(by=ada)
    audit.seal()

    answer = page(signed_in(ada), AuditLink)

    assert answer.status_code == 200
    assert AuditLink.objects.get(position=1).hash in answer.content.decode()


def test_until_somebody_knows_what_is_hidden_nothing_of_incidents_is_shown(
    signed_in: Callable[[User], Client], ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_incident(by=ada)
    monkeypatch.setattr("accounts.admin._hidden", None)

    assert "incident.declared" not in page(signed_in(ada), AuditEntry).content.decode()
