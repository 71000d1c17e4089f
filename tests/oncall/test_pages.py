"""The pages of on call: who is on call now, a schedule as lanes and words, somebody instead."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from common import clock
from oncall.models import Override, Schedule
from tests.factories import layer, make_schedule, make_team

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _wednesday() -> Any:
    with clock.standing_still(NOW):
        yield


@pytest.fixture
def schedule(ada: User, bo: User, cleo: User) -> Schedule:
    weekend = {
        "kind": "weekly",
        "from": {"weekday": "sat", "time": "00:00"},
        "to": {"weekday": "mon", "time": "00:00"},
    }
    return make_schedule(
        "Shop primary",
        layer([ada], [bo], starts_at="2026-03-23T09:00"),
        layer([cleo], starts_at="2026-03-23T09:00", name="Weekend", restrictions=[weekend]),
        team=make_team("Shop", ada, bo),
    )


def get(client: Client, user: User, path: str, status: int = 200) -> str:
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(path)
    assert answer.status_code == status, answer.content[:300]
    return re.sub(r"\s+", " ", answer.content.decode())


def test_who_is_on_call_now(client: Client, bo: User, schedule: Schedule) -> None:
    make_schedule("Hole")
    page = get(client, bo, "/oncall")

    assert "1 schedule with nobody on call now." in page
    assert "Shop primary" in page
    assert "then Cleo" in page
    assert "Nobody: a gap" in page
    assert 'href="/schedules/hole#cover"' in page


def test_an_empty_page_says_what_to_do(client: Client, ada: User, dan: User) -> None:
    assert "Make a schedule" in get(client, ada, "/oncall")
    assert "An administrator makes one" in get(client, dan, "/oncall")


def test_a_schedule_in_lanes_and_words(client: Client, dan: User, schedule: Schedule) -> None:
    page = get(client, dan, "/schedules/shop-primary?from=2026-03-23")

    lanes = re.findall(r'lanes__name"[^>]*>([^<]+)<', page)
    assert lanes == ["Europe/Berlin", "On call", "Overrides", "Weekend", "primary"]
    words = re.findall(r'rows__title">([^<]+)</span><div class="rows__meta"><span>([^<]+)</span>', page)
    assert words[:4] == [
        ("Nobody: a gap", "Mon 23 Mar 00:00 to Wed 25 Mar 11:00"),
        ("Ada", "Wed 25 Mar 11:00 to Sat 28 Mar 00:00"),
        ("Cleo", "Sat 28 Mar 00:00 to Mon 30 Mar 00:00"),
        ("Ada", "Mon 30 Mar 00:00 to Mon 30 Mar 09:00"),
    ]
    assert "The clock in Europe/Berlin goes 02:00→03:00 in this window." in page


def test_a_night_on_which_the_clock_moves_has_its_real_length(client: Client, dan: User, schedule: Schedule) -> None:
    page = get(client, dan, "/schedules/shop-primary?days=1&from=2026-03-29")

    assert page.count('class="lanes__day"') == 1
    assert "29 Mar to 29 Mar 2026" in page


def test_times_in_another_zone(client: Client, bo: User, schedule: Schedule) -> None:
    User.objects.filter(pk=bo.pk).update(time_zone="America/New_York")
    bo.refresh_from_db()

    page = get(client, bo, "/schedules/shop-primary?from=2026-03-28&zone=mine")

    assert "America/New_York" in page
    assert "Sun 29 Mar 18:00" in page


@pytest.mark.parametrize("query", ["from=soon", "from=0001-01-01", "from=9999-12-31", "days=99", "zone=Mars"])
def test_an_odd_window_is_no_fault(client: Client, dan: User, schedule: Schedule, query: str) -> None:
    client.force_login(dan, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert client.get(f"/schedules/shop-primary?{query}").status_code in (200, 400)


def test_somebody_instead_and_back(client: Client, bo: User, cleo: User, schedule: Schedule) -> None:
    get(client, bo, "/schedules/shop-primary")
    body = {"user": cleo.pk, "start": "2026-03-26T09:00", "end": "2026-03-26T18:00", "reason": "Ada flies"}
    done = client.post("/schedules/shop-primary?zone=utc", body, follow=True)

    assert "Cleo is on call instead." in done.content.decode()
    row = Override.objects.get()
    assert (row.starts_at, row.user, row.made_by) == (datetime(2026, 3, 26, 9, 0, tzinfo=UTC), cleo, bo)
    assert "Ada flies" in done.content.decode()
    back = client.post(f"/schedules/shop-primary/overrides/{row.pk}/end", follow=True)
    assert "override is taken back" in back.content.decode()
    row.refresh_from_db()
    assert row.cancelled_at is not None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"end": "2026-03-26T09:00"}, "An override ends after it begins."),
        ({"end": "2026-03-20T09:00", "start": "2026-03-19T09:00"}, "That is over already"),
        ({"start": "soon"}, "Write a date and a time"),
        ({"user": ""}, "This field is required"),
    ],
)
def test_what_can_not_be_is_said_at_its_field(
    client: Client, bo: User, cleo: User, schedule: Schedule, body: dict[str, str], words: str
) -> None:
    get(client, bo, "/schedules/shop-primary")
    good = {"user": cleo.pk, "start": "2026-03-26T09:00", "end": "2026-03-26T18:00"}

    answer = client.post("/schedules/shop-primary", good | body)

    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert 'value="2026-03-26T09:00"' in answer.content.decode() or "start" in body
    assert not Override.objects.exists()


def test_a_schedule_that_is_not_there(client: Client, dan: User) -> None:
    get(client, dan, "/schedules/ghost", 404)


def test_a_name_is_only_words(client: Client, dan: User, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(name="<script>alert(1)</script>")
    make_schedule("<b>Bold</b> one", layer([ada], starts_at="2026-03-23T09:00", name="<i>x</i>"))

    page = get(client, dan, f"/schedules/{Schedule.objects.get().slug}") + get(client, dan, "/oncall")

    assert "<script>alert" not in page
    assert "<i>x" not in page
    assert "<b>Bold" not in page


# --- making and changing ------------------------------------------------------------------------------
def layers(*given: dict[str, Any]) -> dict[str, Any]:
    """What the browser sends for these rotations."""
    blank = {"name": "", "people": "", "every": "1", "unit": "week", "starts_at": "", "windows": "", "kept": ""}
    body: dict[str, Any] = {"layers-TOTAL_FORMS": len(given) + 1, "layers-INITIAL_FORMS": len(given)}
    for number, layer_given in enumerate([*given, {}]):
        body |= {f"layers-{number}-{name}": value for name, value in {**blank, **layer_given}.items()}
    return body


FIRST = {"name": "primary", "people": "@ada\n@bo + @cleo\nnobody", "starts_at": "2026-03-23T09:00"}
ABOUT = {"name": "Nights", "time_zone": "Europe/Berlin", "team": "", "description": ""}


def test_a_schedule_is_made_after_a_look_at_it(client: Client, ada: User, bo: User, cleo: User) -> None:
    get(client, ada, "/schedules/new")
    body = ABOUT | layers(FIRST, {**FIRST, "name": "office", "people": "@cleo", "windows": "mon-fri 09:00-17:00"})

    looked = client.post("/schedules/new", body | {"do": "preview"})

    assert looked.status_code == 200
    assert "In the next four weeks" in looked.content.decode()
    assert "Bo and Cleo" in looked.content.decode()
    assert not Schedule.objects.exists()
    client.post("/schedules/new", body | {"do": "save"})
    row = Schedule.objects.get().versions.get()
    assert [each["participants"] for each in row.layers] == [
        [[str(ada.pk)], [str(bo.pk), str(cleo.pk)], []],
        [[str(cleo.pk)]],
    ]
    assert len(row.layers[1]["restrictions"]) == 5


def test_what_is_shown_for_change_saves_the_same(client: Client, bo: User, schedule: Schedule) -> None:
    page = get(client, bo, "/schedules/shop-primary/edit")
    fields = dict(re.findall(r'name="(layers-\d+-\w+)"[^>]*value="([^"]*)"', page))
    fields |= {
        name: text.strip() for name, text in re.findall(r'<textarea name="(layers-\d+-\w+)"[^>]*>([^<]*)<', page)
    }
    fields |= dict(re.findall(r'<select name="(layers-\d+-\w+)".*?value="(\w+)" selected', page))
    fields = {name: value.replace("&quot;", '"') for name, value in fields.items()}
    about = {"name": "Shop primary", "time_zone": "Europe/Berlin", "team": str(schedule.team_id), "description": ""}
    counted = {"layers-TOTAL_FORMS": "3", "layers-INITIAL_FORMS": "2"}
    fields["layers-0-people"] = "@ada\n@bo"

    done = client.post("/schedules/shop-primary/edit", about | fields | counted | {"do": "save"})

    assert done.status_code == 302, done.content.decode()[-3000:]
    assert schedule.versions.count() == 1


def test_a_change_shows_what_it_would_do(client: Client, bo: User, schedule: Schedule) -> None:
    get(client, bo, "/schedules/shop-primary/edit")
    about = {"name": "Shop primary", "time_zone": "Europe/Berlin", "team": str(schedule.team_id), "description": ""}
    body = about | layers({**FIRST, "people": "@bo\n@cleo"}) | {"do": "preview"}

    page = client.post("/schedules/shop-primary/edit", body).content.decode()

    assert "instead of Ada" in page
    assert re.search(r"Ada\s+-\d+ h", page)
    assert schedule.versions.count() == 1


@pytest.mark.parametrize(
    ("layer_given", "words"),
    [
        ({"people": "@ghost"}, "There is nobody “@ghost”"),
        ({"people": ""}, "This field is required."),
        ({"people": "@ada\n@bo + @bo"}, "The same person stands twice in a group."),
        ({"windows": "often"}, "I can&#x27;t read “often”"),
        ({"starts_at": "soon"}, "Write a local time"),
        ({"every": "0"}, "greater than or equal to 1"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_with_a_rotation_is_said_there(
    client: Client, ada: User, bo: User, layer_given: dict[str, str], words: str
) -> None:
    get(client, ada, "/schedules/new")

    answer = client.post("/schedules/new", ABOUT | layers({**FIRST, "people": "@ada\n@bo", **layer_given}))

    assert answer.status_code == 400
    assert words in answer.content.decode()


def test_an_unknown_zone_is_said_at_its_field(client: Client, ada: User, bo: User, cleo: User) -> None:
    get(client, ada, "/schedules/new")

    answer = client.post("/schedules/new", {**ABOUT, "time_zone": "Mars/Olympus"} | layers(FIRST) | {"do": "save"})

    assert "Name a time zone as in Europe/Berlin" in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()


def test_it_is_taken_out_of_use(client: Client, ada: User, bo: User, schedule: Schedule) -> None:
    get(client, bo, "/schedules/shop-primary/edit")

    client.post("/schedules/shop-primary/archive")

    get(client, bo, "/schedules/shop-primary", 404)


def test_an_override_shows_what_it_changes_before_it_is_made(
    client: Client, bo: User, cleo: User, schedule: Schedule
) -> None:
    get(client, bo, "/schedules/shop-primary")
    body = {"user": cleo.pk, "start": "2026-03-26T09:00", "end": "2026-03-26T17:00", "do": "preview"}

    shown = client.post("/schedules/shop-primary?zone=utc", body)

    page = re.sub(r"\s+", " ", shown.content.decode())
    assert shown.status_code == 200
    assert "Ada -8 h, Cleo +8 h" in page
    assert 'value="2026-03-26T09:00"' in page
    assert not Override.objects.exists()


def test_a_month_is_shown_whole(client: Client, dan: User, schedule: Schedule) -> None:
    page = get(client, dan, "/schedules/shop-primary?days=month&from=2026-02-11")

    assert page.count('class="lanes__edge"') >= 28
    assert "1 Feb to 28 Feb 2026" in page
    assert "from=2026-01-01" in page
    assert "from=2026-03-01" in page
