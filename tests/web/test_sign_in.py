"""Who is not signed in comes back to what they asked for."""

import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_after_signing_in_one_is_where_one_wanted_to_be_with_every_filter(ada: User) -> None:
    ada.set_password("a good long one 7")
    ada.save()
    wanted = "/incidents?state=open&severity=1&q=a%26b"
    client = Client()

    sent = client.get(wanted)
    answer = client.post(sent.headers["Location"], {"login": ada.email, "password": "a good long one 7"})

    assert (answer.status_code, answer.headers["Location"]) == (302, wanted)


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x"])
def test_nobody_is_sent_elsewhere(ada: User, elsewhere: str) -> None:
    ada.set_password("a good long one 7")
    ada.save()

    answer = Client().post(f"/accounts/login/?next={elsewhere}", {"login": ada.email, "password": "a good long one 7"})

    assert answer.headers["Location"] == "/"
