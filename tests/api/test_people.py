"""People, teams, tokens, oneself."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import AuditEntry, IdempotencyKey, Team, Token, User
from common import clock
from tests.cast import Api
from tests.factories import make_person, make_token

pytestmark = pytest.mark.django_db

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def test_me_names_person_and_token(api: Api, bo: User) -> None:
    client = api(bo, "read")

    answer = client.get("/api/v1/me")

    assert answer.status_code == 200
    assert answer.json()["handle"] == "bo"
    assert answer.json()["token"]["scopes"] == ["read"]


def test_nobody_is_told_nothing(api: Api) -> None:
    answer = api().get("/api/v1/me")

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not-signed-in"
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic YWRhOmE=", "Bearer ", "wr_x"])
def test_bad_credentials_are_refused(api: Api, header: str) -> None:
    client = api()
    client.credentials(HTTP_AUTHORIZATION=header)

    assert client.get("/api/v1/me").status_code == 401


def test_revoked_expired_and_orphaned_tokens_end(api: Api, ada: User, bo: User) -> None:
    revoked, expired, orphaned = api(bo), api(bo), api(make_person("gone@example.com"))
    Token.objects.filter(pk=revoked.token.pk).update(revoked_at=clock.now())
    Token.objects.filter(pk=expired.token.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    User.objects.filter(pk=orphaned.token.user_id).update(is_active=False)

    assert [client.get("/api/v1/me").status_code for client in (revoked, expired, orphaned)] == [401] * 3


def test_people_are_listed_and_filtered(api: Api, ada: User, bo: User, dan: User) -> None:
    client = api(dan, "read")

    assert [row["handle"] for row in client.get("/api/v1/users").json()["results"]] == ["ada", "bo", "dan"]
    assert [row["handle"] for row in client.get("/api/v1/users?role=admin").json()["results"]] == ["ada"]
    assert [row["handle"] for row in client.get("/api/v1/users?q=BO").json()["results"]] == ["bo"]
    assert client.get("/api/v1/users?role=king").json()["field"] == "role"
    assert client.get(f"/api/v1/users/{bo.pk}").json()["email"] == "bo@example.com"
    assert client.get("/api/v1/users/99999").status_code == 404


def test_an_administrator_invites(api: Api, ada: User) -> None:
    client = api(ada)

    answer = client.post("/api/v1/users", {"email": "new@example.com", "role": "viewer"})

    assert answer.status_code == 201
    assert "/accounts/password/reset/key/" in answer.json()["link"]
    assert answer["Location"] == f"/api/v1/users/{answer.json()['id']}"
    assert User.objects.get(email="new@example.com").role == "viewer"
    assert client.post("/api/v1/users", {"email": "NEW@example.com"}).json()["field"] == "email"


def test_others_do_not_administer(api: Api, ada: User, bo: User, dan: User) -> None:
    for client in (api(bo), api(dan), api(ada, "write")):
        assert client.post("/api/v1/users", {"email": "x@example.com"}).status_code == 403
        assert client.patch(f"/api/v1/users/{ada.pk}", {"role": "viewer"}).status_code == 403
        assert client.post(f"/api/v1/users/{ada.pk}/deactivate").status_code == 403
        assert client.post(f"/api/v1/users/{ada.pk}/link").status_code == 403
        assert client.post("/api/v1/teams", {"name": "Ours"}).status_code == 403


def test_role_changes_and_the_last_administrator_stays(api: Api, ada: User, bo: User) -> None:
    client = api(ada)

    assert client.patch(f"/api/v1/users/{bo.pk}", {"role": "viewer"}).json()["role"] == "viewer"
    assert client.patch(f"/api/v1/users/{ada.pk}", {"role": "viewer"}).json()["field"] == "role"
    assert client.patch(f"/api/v1/users/{bo.pk}", {}).json()["field"] == "role"


def test_deactivating_ends_tokens(api: Api, ada: User, bo: User) -> None:
    theirs = api(bo)

    answer = api(ada).post(f"/api/v1/users/{bo.pk}/deactivate")

    assert answer.json()["is_active"] is False
    assert theirs.get("/api/v1/me").status_code == 401


def test_one_time_links_are_audited(api: Api, ada: User, bo: User) -> None:
    answer = api(ada).post(f"/api/v1/users/{bo.pk}/link")

    assert answer.status_code == 201
    assert AuditEntry.objects.filter(action="person.link", subject_id=str(bo.pk)).exists()


def test_a_secret_is_not_remembered_in_the_clear(api: Api, ada: User) -> None:
    client = api(ada)

    first = client.post("/api/v1/tokens", {"name": "ci", "scopes": ["read"]}, headers={"Idempotency-Key": "t1"})
    again = client.post("/api/v1/tokens", {"name": "ci", "scopes": ["read"]}, headers={"Idempotency-Key": "t1"})

    assert first.status_code == again.status_code == 201
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert first.json()["secret"] not in str(IdempotencyKey.objects.values_list("body", flat=True))


def test_tokens_are_ones_own(api: Api, ada: User, bo: User) -> None:
    other, _ = make_token(ada, "read")
    client = api(bo)

    made = client.post("/api/v1/tokens", {"name": "ci", "scopes": ["read", "write"], "days": 7})
    listed = [row["id"] for row in client.get("/api/v1/tokens").json()["results"]]

    assert made.status_code == 201
    assert made.json()["secret"].startswith("wr_")
    assert made.json()["id"] in listed
    assert other.pk not in listed
    assert client.get(f"/api/v1/tokens/{other.pk}").status_code == 404
    assert client.delete(f"/api/v1/tokens/{other.pk}").status_code == 404
    assert client.delete(f"/api/v1/tokens/{made.json()['id']}").status_code == 204
    assert client.get(f"/api/v1/tokens/{made.json()['id']}").json()["revoked_at"]


def test_a_narrow_token_makes_no_wider_one(api: Api, bo: User) -> None:
    client = api(bo, "read", "write")

    assert client.post("/api/v1/tokens", {"name": "x", "scopes": ["all"]}).status_code == 403


def test_a_token_can_not_outlive_its_maker(api: Api, bo: User) -> None:
    client = api(bo)
    Token.objects.filter(pk=client.token.pk).update(expires_at=clock.now() + timedelta(days=3))

    answer = client.post("/api/v1/tokens", {"name": "x", "scopes": ["read"]})

    assert answer.json()["field"] == "days"
    assert not Token.objects.filter(name="x").exists()
    assert client.post("/api/v1/tokens", {"name": "x", "scopes": ["read"], "days": 2}).status_code == 201


def test_any_token_may_end_itself(api: Api, bo: User) -> None:
    client = api(bo, "read")

    assert client.delete(f"/api/v1/tokens/{client.token.pk}").status_code == 204
    assert client.get("/api/v1/me").status_code == 401


def test_admin_scope_and_vouching_are_for_administrators(api: Api, bo: User) -> None:
    client = api(bo)

    assert client.post("/api/v1/tokens", {"name": "x", "scopes": ["admin"]}).status_code == 403
    assert client.post("/api/v1/tokens", {"name": "x", "scopes": ["chat"], "trusts_emails": True}).status_code == 403
    assert client.post("/api/v1/tokens", {"name": "x", "scopes": ["king"]}).json()["field"].startswith("scopes")


def test_teams_are_made_and_changed(api: Api, ada: User, bo: User, cleo: User) -> None:
    client = api(ada)

    made = client.post("/api/v1/teams", {"name": "Night Watch", "members": ["@bo", cleo.pk, "ada@example.com"]})
    changed = client.patch("/api/v1/teams/night-watch", {"members": ["cleo"]})

    assert made.status_code == 201
    assert {person["handle"] for person in made.json()["members"]} == {"ada", "bo", "cleo"}
    assert [person["handle"] for person in changed.json()["members"]] == ["cleo"]
    assert client.post("/api/v1/teams", {"name": "night watch"}).status_code == 409
    assert client.post("/api/v1/teams", {"name": "…"}).json()["field"] == "name"
    assert client.post("/api/v1/teams", {"name": "A", "members": ["@ghost"]}).json()["field"] == "members.0"
    assert client.get("/api/v1/teams").json()["results"][0]["slug"] == "night-watch"
    assert Team.objects.count() == 1


def test_an_administrators_session_needs_its_second_factor(browser, ada: User, bo: User, settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True

    assert browser(ada).get("/api/v1/me").status_code == 403
    assert browser(bo).get("/api/v1/me").status_code == 200


def test_session_writes_need_the_csrf_token(browser, bo: User) -> None:
    client = browser(bo, checks_csrf=True)

    assert client.post("/api/v1/tokens", {"name": "x", "scopes": ["read"]}).status_code == 403


def test_people_change_their_own_profile(api: Api, bo: User) -> None:
    client = api(bo)
    wanted = {
        "name": " Bo  B. ",
        "time_zone": "Europe/Berlin",
        "theme": "night",
        "text_size": "large",
        "keys_on": False,
    }

    answer = client.patch("/api/v1/me", wanted)

    bo.refresh_from_db()
    entry = AuditEntry.objects.get(action="person.changed")
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in wanted} == {**wanted, "name": "Bo B."}
    assert (bo.name, bo.theme, bo.keys_on) == ("Bo B.", "night", False)
    assert (entry.user, entry.before["name"], entry.after["time_zone"]) == (bo, "Bo", "Europe/Berlin")


def test_the_same_profile_again_leaves_no_entry(api: Api, bo: User) -> None:
    assert api(bo).patch("/api/v1/me", {"name": "Bo", "theme": "system"}).status_code == 200
    assert not AuditEntry.objects.filter(action="person.changed").exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"time_zone": "Moon/Base"}, "time_zone"),
        ({"theme": "pink"}, "theme"),
        ({"keys_on": "yes"}, "keys_on"),
        ({"role": "admin"}, "role"),
        ({"email": "ada@example.com"}, "email"),
        ({"handle": "ada"}, "handle"),
    ],
)
def test_a_malformed_profile_is_named(api: Api, bo: User, body: dict[str, object], field: str) -> None:
    answer = api(bo).patch("/api/v1/me", body)

    bo.refresh_from_db()
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert (bo.name, bo.role, bo.handle) == ("Bo", "responder", "bo")


def test_a_reading_token_changes_no_profile(api: Api, bo: User) -> None:
    assert api(bo, "read").patch("/api/v1/me", {"name": "X"}).status_code == 403


def test_the_page_changes_the_profile_the_same_way(client: Client, bo: User) -> None:
    client.force_login(bo, backend=BACKEND)

    answer = client.post("/me", {"name": "Bo B.", "time_zone": "UTC", "theme": "dark", "text_size": "normal"})

    bo.refresh_from_db()
    assert answer.status_code == 302
    assert (bo.name, bo.theme, bo.keys_on) == ("Bo B.", "dark", False)
    assert AuditEntry.objects.get(action="person.changed").surface == "web"


def test_who_comes_back_has_the_role_and_a_new_password(api: Api, client: Client, ada: User, bo: User) -> None:
    client.force_login(bo, backend=BACKEND)
    gone = api(bo)
    admin = api(ada)
    admin.post(f"/api/v1/users/{bo.pk}/deactivate")
    while_away = client.get("/me").status_code

    answer = admin.post(f"/api/v1/users/{bo.pk}/reactivate")

    bo.refresh_from_db()
    assert while_away == 302
    assert (answer.status_code, answer.json()["role"], answer.json()["is_active"]) == (200, "responder", True)
    assert "/accounts/password/reset/key/" in answer.json()["link"]
    assert not bo.has_usable_password()
    assert client.get("/me").status_code == 302, "a browser of that time is signed in again"
    assert gone.get("/api/v1/me").status_code == 401, "tokens that ended stay ended"
    assert AuditEntry.objects.get(action="person.reactivated").after == {"role": "responder"}
    assert admin.post(f"/api/v1/users/{bo.pk}/reactivate").status_code == 409
    assert api(bo).post(f"/api/v1/users/{ada.pk}/reactivate").status_code == 403
    link = Client().get(urlsplit(answer.json()["link"]).path, follow=True)
    assert "password" in link.content.decode().lower()


def test_the_people_page_brings_somebody_back(client: Client, ada: User, bo: User) -> None:
    User.objects.filter(pk=bo.pk).update(is_active=False)
    client.force_login(ada, backend=BACKEND)

    offered = client.get("/people").content.decode()
    answer = client.post(f"/people/{bo.pk}", {"do": "reactivate"}, follow=True)

    bo.refresh_from_db()
    assert 'value="reactivate"' in offered
    assert bo.is_active
    assert "/accounts/password/reset/key/" in answer.content.decode()
