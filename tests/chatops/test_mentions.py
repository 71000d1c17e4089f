"""A line that begins with `@warroom` or `@bot` is for the bot."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from chatops.router import is_for_bot
from incidents.models import Incident, TimelineEvent
from tests.chatops.conftest import Type
from tests.factories import make_incident, make_person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "line", ["@warroom incident list", "@bot list", "@Warroom: /incident list", " @bot, please list"]
)
def test_the_same_command_with_a_mention_and_without(type_line: Type, line: str) -> None:
    make_incident("Checkout returns 5xx")

    assert type_line(line).text == type_line("/incident list").text
    assert is_for_bot(line)


def test_a_mention_alone_is_the_menu(type_line: Type) -> None:
    assert type_line("@warroom").text == type_line("/incident").text


@pytest.mark.parametrize(
    "line", ["@warroom is slow today", "@bot thanks!", "@bottle list", "hey @bot list", "@ada list"]
)
def test_what_is_said_about_it_stays_talk(line: str) -> None:
    assert not is_for_bot(line)


def test_a_person_who_is_called_so_is_spoken_to() -> None:
    make_person("bot@example.com")

    assert not is_for_bot("@bot list")
    assert is_for_bot("@warroom list")


def test_the_web_room_hears_it_too(client: Client, ada: User) -> None:
    incident = make_incident(by=ada)
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")

    def say(text: str) -> Any:
        return client.post(f"/incidents/{incident.pk}/say", {"text": text}, content_type="application/json")

    answered, said = say("@warroom sev 1"), say("@warroom is slow today")

    assert answered.status_code == 200
    assert Incident.objects.get(pk=incident.pk).severity == 1
    assert said.status_code == 201
    assert TimelineEvent.objects.get(kind="message").text == "@warroom is slow today"
