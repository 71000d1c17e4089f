"""A person's face as a picture: what a chat shows beside a line that was written in the web room."""

import io
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from accounts.actors import Actor
from accounts.models import User
from chatops.drawing import event_post
from common.faces import HUES, face_path
from incidents.operations import talk
from tests.factories import make_incident


@pytest.mark.parametrize(
    ("name", "path"),
    [("Ada", "/faces/1-ad.png"), ("ada", "/faces/1-ad.png"), ("Élodie", ""), ("絵里", ""), ("?", "")],
)
def test_a_face_lies_where_its_letters_say(name: str, path: str) -> None:
    assert face_path(name).split("-")[-1] == path.split("-")[-1]


def test_it_is_a_small_picture_that_anybody_may_keep(client: Client, db: None) -> None:
    answer = client.get(face_path("Ada"))

    assert answer["Content-Type"] == "image/png"
    assert "public" in answer["Cache-Control"]
    assert "immutable" in answer["Cache-Control"]
    assert Image.open(io.BytesIO(answer.content)).size == (96, 96)
    assert len(answer.content) < 4000


def test_each_hue_is_another_picture(client: Client, db: None) -> None:
    assert len({client.get(f"/faces/{hue}-bo.png").content for hue in range(HUES)}) == HUES


@pytest.mark.parametrize("face", ["12-bo", "3-boo", "3-", "3-b_", "x-bo", "3", "-1-bo"])
def test_other_paths_are_nothing(client: Client, db: None, face: str) -> None:
    assert client.get(f"/faces/{face}.png").status_code == 404


@pytest.mark.parametrize(
    ("base", "is_public", "picture"),
    [
        ("https://warroom.example.org", True, "https://warroom.example.org/faces/"),
        ("http://warroom.example.org", True, ""),
        ("http://127.0.0.1:8000", False, ""),
    ],
)
def test_a_line_names_its_writers_face_only_where_the_outside_can_fetch_it(
    ada: User, actor_ada: Actor, settings: Any, base: str, is_public: bool, picture: str
) -> None:
    settings.BASE_URL, settings.BASE_IS_PUBLIC = base, is_public
    said = talk.say(number=make_incident(by=ada).pk, text="pool is full", by=actor_ada)

    post = event_post(said)

    assert post.author == "Ada"
    assert post.picture.startswith(picture)
    assert bool(post.picture) == bool(picture)
