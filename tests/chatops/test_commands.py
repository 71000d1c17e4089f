"""What the commands do, what they answer, and that undo restores what was."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.actors import Actor
from accounts.models import User
from common import clock
from incidents.models import ActionItem, Incident, Member, Reminder, RoleAssignment
from oncall.models import Service
from tests.chatops.conftest import Type
from tests.factories import make_incident, make_private_incident


@pytest.fixture
def here(type_line: Type, room: Incident) -> Callable[..., object]:
    """Type in the room; a change must be `ok`."""

    def run(typed: str, **context: object) -> object:
        reply = type_line(f"/incident {typed}", room=room, **context)
        assert reply.ok, reply.text
        return reply

    return run


def _state(room: Incident) -> dict[str, object]:
    """All that undo must restore."""
    room = Incident.objects.get(pk=room.pk)
    held = RoleAssignment.objects.filter(incident=room, ended_at__isnull=True)
    return {
        **{name: getattr(room, name) for name in ("title", "severity", "status", "is_private", "tags", "links")},
        **{name: getattr(room, name) for name in ("summary", "impact", "now_text", "doing_text", "need_text")},
        "services": sorted(room.services.values_list("slug", flat=True)),
        "roles": sorted(held.values_list("role", "user__handle")),
        "tasks": [(item.number, item.owner_id, item.is_done) for item in room.action_items.all()],
        "pins": sorted(room.events.filter(pinned_at__isnull=False).values_list("sequence", flat=True)),
        "people": sorted(room.members.filter(left_at__isnull=True).values_list("user__handle", flat=True)),
    }


@pytest.mark.parametrize(
    ("before", "line", "said"),
    [
        ([], "sev 1 customers hit", "#{n} is now SEV1 (was SEV2)."),
        ([], "status fixing", "#{n} is now fixing (was triage)."),
        (["status fixing"], "status triage", "#{n} is now triage (was fixing)."),
        ([], "title Checkout down", "#{n} is now called “Checkout down” (was “Checkout 5xx”)."),
        (
            ['title "“Quoted” --sev 1 #97"'],
            "title x y",
            "#{n} is now called “x y” (was ““Quoted” --sev 1 #97”).",
        ),
        ([], "summary Cards fail", "#{n} summary: Cards fail"),
        (["impact 38 %"], "impact 50 %", "#{n} impact: 50 %"),
        (["now cold cache"], 'now ""', "#{n}: “now” is cleared."),
        ([], "doing rolling back", "#{n} doing: rolling back"),
        ([], "need a hand", "#{n} need: a hand"),
        ([], "lead", "Ada is now commander of #{n}."),
        (["lead"], "lead @bo", "Bo is now commander of #{n} (was Ada)."),
        ([], "take comms", "Ada is now comms of #{n}."),
        ([], "assign scribe to @cleo", "Cleo is now scribe of #{n}."),
        ([], "assign responder @bo", "Bo is now responder of #{n}."),
        (
            ["assign responder @bo", "assign responder @cleo"],
            "drop responder @bo",
            "Bo is no longer responder of #{n}.",
        ),
        (["lead @bo"], "drop lead", "Bo is no longer commander of #{n}."),
        (["lead"], "handoff @bo all yours", "Bo is now commander of #{n}, from Ada."),
        (["lead @cleo"], "handoff @bo", "Bo is now commander of #{n}, from Ada."),
        (["task add call"], "task done 1", "#{n} task 1 is done: call"),
        (["task add call", "task done 1"], "task reopen 1", "#{n} task 1 is open again: call"),
        (["task add call @bo"], "task assign 1 @cleo", "Cleo has #{n} task 1 now: call"),
        (["followup add alert"], "followup assign 1 me", "Ada has #{n} follow-up 1 now: alert"),
        (["followup add alert @bo"], "followup assign 1 to nobody", "Nobody has #{n} follow-up 1 now: alert"),
        ([], "service add payments", "#{n} now touches payments."),
        (["service add search"], "service remove Search", "#{n} no longer touches search."),
        ([], "tag add #Net", "#{n} is tagged net."),
        (["tag add net"], "tag remove net", "#{n}: tag net removed."),
        ([], "link https://dash.example.org/d/7 Board", "#{n}: link added, Board."),
        (["link https://dash.example.org/d/7 Board"], "unlink dash.example.org/d/7", "#{n}: link removed, Board."),
        (["note hello"], "pin", "Pinned line 2 of #{n}: hello"),
        (["note hello", "pin 2"], "unpin 2", "Line 2 of #{n} is no longer pinned."),
        ([], "private --yes customer data", "#{n} is now private."),
        (["private --yes"], "unprivate --yes", "Everybody signed in sees #{n} now."),
        ([], "invite @bo", "Bo is in #{n} now."),
        (["invite @bo"], "remove @bo", "Bo is no longer in #{n}."),
        (["status fixing"], "mitigated", None),
    ],
)
def test_change_is_named_and_undo_restores_it(
    here: Callable[..., object],
    room: Incident,
    type_line: Type,
    bo: User,
    cleo: User,
    services: dict[str, Service],
    before: list[str],
    line: str,
    said: str | None,
) -> None:
    for earlier in before:
        here(earlier)
    was = _state(room)
    if not room.members.filter(user=bo, left_at__isnull=True).exists() and line.startswith(
        ("lead", "assign", "handoff")
    ):
        here("invite @bo")
        here("invite @cleo")
        was = _state(room)

    reply = here(line)

    assert said is None or reply.text == said.format(n=room.pk)
    assert reply.incident == room.pk
    assert _state(room) != was
    assert reply.undo.startswith("/incident ")
    assert f"#{room.pk}" in reply.undo
    elsewhere = make_incident("mail", by=room.declared_by)
    assert type_line(reply.undo, room=elsewhere).ok
    assert _state(room) == was


@pytest.mark.parametrize("line", ["resolve", "resolve rolled back", "cancel it was the probe"])
def test_end_of_an_incident_is_undone_by_reopening(
    here: Callable[..., object], type_line: Type, room: Incident, line: str
) -> None:
    reply = here(line)
    assert not Incident.objects.get(pk=room.pk).is_open
    assert reply.to_everyone

    assert type_line(reply.undo).ok
    assert Incident.objects.get(pk=room.pk).status == "investigating"


def test_declare_needs_only_a_title(type_line: Type, ada: User) -> None:
    reply = type_line("/incident create Checkout 5xx")

    incident = Incident.objects.get()
    assert incident.title == "Checkout 5xx"
    assert incident.severity_confirmed_at is None
    assert reply.text.startswith(f"Declared #{incident.pk} SEV3: Checkout 5xx.")
    assert reply.to_everyone
    assert reply.buttons[0].url.endswith(f"/incidents/{incident.pk}")
    assert type_line(reply.undo).ok
    assert Incident.objects.get().status == "cancelled"


def test_declare_with_everything(type_line: Type, services: dict[str, Service]) -> None:
    reply = type_line(
        "/incident create —sev critical Checkout “5xx” --service payments --service=Search --drill —page none"
    )

    incident = Incident.objects.get()
    assert (incident.title, incident.severity, incident.is_drill) == ("Checkout “5xx”", 1, True)
    assert sorted(incident.services.values_list("slug", flat=True)) == ["payments", "search"]
    assert "DRILL" in reply.text
    assert "paged" not in reply.text


def test_declare_that_pages_nobody_who_is_there_says_so_and_opens(
    type_line: Type, services: dict[str, Service]
) -> None:
    slip = type_line("/incident create Checkout 5xx --page paymnets")
    without = type_line("/incident create Checkout 5xx --page payments")

    assert slip.ok
    assert 'There is no person, schedule, team or service "paymnets". Did you mean payments?' in slip.text
    assert without.ok
    assert "Payments has no escalation policy, so nobody is paged for it." in without.text


def test_declare_without_title_opens_the_form(type_line: Type) -> None:
    reply = type_line("/incident create --sev 1")

    assert reply.open_url == "/incidents/new"
    assert not Incident.objects.exists()


def test_declare_repeated_by_the_chat_makes_one_incident(type_line: Type) -> None:
    first = type_line("/incident create Checkout 5xx", outside_id="m-1")
    again = type_line("/incident create Checkout 5xx", outside_id="m-1")

    assert first.incident == again.incident
    assert Incident.objects.count() == 1


def test_id_of_one_chat_is_not_the_id_of_another(type_line: Type, bo: User) -> None:
    theirs = type_line("/incident create Canary leak --private", by=bo, outside_id="m-1")
    ours = type_line("/incident create Checkout 5xx", outside_id="m-1")

    assert ours.incident != theirs.incident
    assert "Canary" not in ours.text


def test_private_declare_is_not_told_to_the_room(type_line: Type, bo: User, services: dict[str, Service]) -> None:
    type_line("/incident create Canary leak --private --service payments", by=bo)
    reply = type_line("/incident create Cards fail --service payments")

    assert type_line("/incident create Other leak --private", by=bo).visibility == "user"
    assert "Canary" not in reply.text


def test_declare_names_open_incidents_of_the_same_service(type_line: Type, services: dict[str, Service]) -> None:
    first = type_line("/incident create Cards fail --service payments").incident

    reply = type_line("/incident create Payments down --service payments")

    assert f"Also open: #{first} Cards fail" in reply.text
    assert f"/incident join #{first}" in [button.command for button in reply.buttons]


def test_unlinked_person_may_declare_and_is_told_how_to_link(type_line: Type, outsider: Actor) -> None:
    reply = type_line("/incident create Checkout 5xx", by=outsider)

    assert reply.ok
    assert "Link your account" in reply.text


def test_lists_are_only_for_the_asker(type_line: Type, room: Incident, ada: User, bo: User) -> None:
    make_private_incident("Canary", by=bo)
    make_incident("drill it", by=bo, is_drill=True)
    type_line("/incident cancel wrong alarm", room=make_incident("gone", by=ada))

    opened = type_line("/incident list")
    assert "Checkout 5xx" in opened.text
    assert "Canary" not in opened.text
    assert opened.visibility == "user"
    assert "gone" in type_line("/incident list closed").text
    assert "drill it" not in type_line("/incident list mine").text
    assert "Checkout" not in type_line("/incident list drill").text
    assert type_line("/incident list --sev 5").text == "Nothing is open."


def test_show_has_the_five_facts_in_order(here: Callable[..., object]) -> None:
    here("lead")
    here("now cold cache")
    here("doing warm it")

    text = here("show").text

    order = [text.index(word) for word in ("SEV2", "Since", "Lead: Ada", "Now: cold cache", "Doing: warm it")]
    assert order == sorted(order)


def test_join_welcomes_with_facts_and_leave_says_goodbye(type_line: Type, room: Incident, bo: User) -> None:
    joined = type_line(f"/incident join {room.pk}", by=bo)

    assert joined.text.startswith(f"You are in #{room.pk} now.")
    assert joined.visibility == "user"
    assert type_line("/incident join", room=room, by=bo).text.startswith(f"You are in #{room.pk} already.")
    assert type_line("/incident leave", room=room, by=bo).ok
    assert Member.objects.get(user=bo).left_at is not None


def test_administrator_may_join_a_private_incident_by_number(type_line: Type, bo: User, cleo: User) -> None:
    secret = make_private_incident("Canary", by=bo)

    assert not type_line(f"/incident join #{secret.pk}", by=cleo).ok
    assert type_line(f"/incident join #{secret.pk}").ok


def test_catchup_says_what_was_missed(type_line: Type, room: Incident, bo: User) -> None:
    type_line("/incident note failed over", room=room)

    assert "failed over" in type_line("/incident catchup", room=room, by=bo).text


def test_note_at_an_earlier_time(here: Callable[..., object], room: Incident) -> None:
    reply = here("note  first “mail” — came in  --at -20m")

    event = room.events.get(kind="note")
    assert event.shown_text == "first “mail” — came in"
    assert clock.now() - event.shown_at >= timedelta(minutes=20)
    assert 'I read "-20m" as' in reply.text


def test_pin_by_link(here: Callable[..., object], room: Incident) -> None:
    here("note hello")
    here("note later")

    assert here(f"pin <https://war.example/incidents/{room.pk}#line-2|line>").text.endswith(": hello")
    assert here("pin 2").text == "Line 2 is pinned already."


def test_update_is_published_with_its_next_time(here: Callable[..., object], room: Incident) -> None:
    reply = here("update Rollback runs, errors fall --next 45m")

    update = room.updates.get()
    assert update.text == "Rollback runs, errors fall"
    assert update.next_due_at is not None
    assert timedelta(minutes=44) < update.next_due_at - update.at <= timedelta(minutes=45)
    assert reply.text.startswith(f"Update of #{room.pk} published. The next one is due by ")


def test_update_without_text_opens_the_form(type_line: Type, room: Incident) -> None:
    assert type_line("/incident update --next 1h", room=room).open_url == f"/incidents/{room.pk}/updates"


def test_public_update_is_shown_before_it_goes_out(type_line: Type, room: Incident) -> None:
    preview = type_line("/incident update We are on it --public --next 30m", room=room)

    assert not preview.ok
    assert "> We are on it" in preview.text
    assert not room.updates.exists()
    assert type_line(preview.buttons[0].command, room=room).ok
    assert room.updates.get().public_text == "We are on it"


def test_who_sees_it_is_shown_before_it_changes(type_line: Type, room: Incident, bo: User) -> None:
    type_line("/incident invite @bo", room=room)

    preview = type_line("/incident private customer data", room=room)

    assert "Ada, Bo" in preview.text
    assert not Incident.objects.get(pk=room.pk).is_private
    assert type_line(preview.buttons[0].command, room=room).ok
    change = room.events.get(kind="access.changed")
    assert change.data == {"private": True, "reason": "customer data"}


def test_task_takes_owner_and_due_time(here: Callable[..., object], room: Incident, bo: User) -> None:
    reply = here("task add call the “card” gateway @bo --due 2h")

    item = ActionItem.objects.get()
    assert (item.text, item.owner, item.kind) == ("call the “card” gateway", bo, "task")
    assert item.due_at is not None
    assert f"#{room.pk} task 1: call the “card” gateway (Bo, due " in reply.text


def test_task_lists_are_apart(here: Callable[..., object]) -> None:
    here("task add now")
    here("followup add later")

    assert here("task list").text == "- 1 [open] now · nobody"
    assert here("followups").text == "- 2 [open] later · nobody"


@pytest.mark.parametrize(
    ("before", "line", "said"),
    [
        ([], "status triage", "Already triage since "),
        ([], 'title "Checkout 5xx"', "That is its title already"),
        (["lead"], "lead", "You are already commander since "),
        (["lead @bo"], "lead @bo", "Bo is already commander since "),
        ([], "drop comms", "Nobody is comms of #"),
        ([], "drop comms @bo", "Bo is not comms of #"),
        ([], "handoff me", "You hold them yourself"),
        (["lead @bo"], "handoff @bo", "You hold no role, and Bo leads #"),
        (["task add x", "task done 1"], "task done 1", "Task 1 is done already."),
        (["task add x"], "task reopen 1", "Task 1 is open already."),
        (["task add x"], "task assign 1 nobody", "Nobody has task 1 already."),
        (["service add search"], "service add search", "#{n} touches search already."),
        ([], "service remove search", "#{n} does not touch search."),
        (["tag add net"], "tag add net", "#{n} has that tag already."),
        ([], "tag remove net", "#{n} has no such tag."),
        ([], "unlink https://dash.example.org", "#{n} has no such link."),
        (["link https://a.example/"], "link https://a.example/ again", "#{n} has that link already."),
        ([], "unprivate", "#{n} is open to everybody already."),
        (["private --yes"], "private", "#{n} is private already."),
        ([], "invite me", "Ada is in #{n} already."),
        ([], "remove @bo", "Bo is not in #{n}."),
        (["mitigated"], "mitigated", "Already mitigated since "),
        (["resolve"], "resolve", "Already resolved since "),
        (["resolve"], "status resolved", "Already resolved since "),
        (["cancel false alarm"], "cancel false alarm", "Already cancelled since "),
        ([], "reopen because it is open", "#{n} is open: triage."),
        (["lead", "resolve", "close"], "close", "Already closed since "),
        (["note x"], "unpin 2", "Line 2 is not pinned."),
    ],
)
def test_already_so_changes_nothing_and_is_no_error(
    here: Callable[..., object], room: Incident, bo: User, services: dict[str, Service],
    before: list[str], line: str, said: str,
) -> None:  # fmt: skip
    for earlier in before:
        here(earlier)
    last = Incident.objects.get(pk=room.pk).last_sequence

    reply = here(line)

    assert reply.text.startswith(said.replace("{n}", str(room.pk)).split("#{n}")[0])
    assert reply.visibility == "user"
    assert Incident.objects.get(pk=room.pk).last_sequence == last


def test_merge_names_both_and_is_undone_by_reopening(type_line: Type, room: Incident, ada: User) -> None:
    other = make_incident("mail", by=ada)

    reply = type_line(f"/incident merge #{other.pk} into #{room.pk}")

    assert reply.text == f"#{other.pk} is now part of #{room.pk} Checkout 5xx; work goes on there."
    assert type_line(reply.undo).ok
    assert Incident.objects.get(pk=other.pk).merged_into_id is None


def test_merge_without_target_asks(type_line: Type, room: Incident, ada: User) -> None:
    other = make_incident("mail", by=ada)

    reply = type_line(f"/incident merge #{other.pk}", room=room)

    assert reply.text.startswith("Into which incident?")
    assert f"/incident merge #{other.pk} #{room.pk}" in [button.command for button in reply.buttons]


def test_relating_is_undone(type_line: Type, room: Incident) -> None:
    other = make_incident("mail", by=room.declared_by)

    related = type_line(f"/incident relate #{other.pk}", room=room)
    there = room.related.filter(pk=other.pk).exists()
    undone = type_line(related.undo, room=other)

    assert there
    assert undone.text.startswith(f"#{room.pk} is no longer related to #{other.pk}.")
    assert not room.related.exists()
    assert "are not related" in type_line(f"/incident unrelate #{other.pk}", room=room).text
    assert type_line(undone.undo, room=other).ok
    assert room.related.get() == other


def test_relate_does_not_name_a_private_incident_to_the_room(type_line: Type, room: Incident, ada: User) -> None:
    secret = make_private_incident("Canary", by=ada)

    reply = type_line(f"/incident relate #{secret.pk}", room=room)

    assert reply.ok
    assert "Canary" not in reply.text
    assert reply.visibility == "user"


def test_private_incident_is_not_spoken_of_in_another_room(type_line: Type, room: Incident, ada: User) -> None:
    secret = make_private_incident("Canary", by=ada)

    assert type_line(f"/incident sev 1 #{secret.pk}", room=room).visibility == "user"
    assert type_line("/incident sev 2", room=secret).visibility == "room"


def test_reminders_wait_or_stop(here: Callable[..., object], room: Incident) -> None:
    assert here("remind me in 30 min").text == f"Reminders of #{room.pk} wait 30m."
    here("remind off")
    assert not Reminder.objects.filter(incident=room, due_at__isnull=False).exists()


def test_postmortem_says_where_it_stands_and_opens(here: Callable[..., object], room: Incident) -> None:
    assert "no postmortem yet" in here("pm").text
    assert here("pm open").open_url == f"/incidents/{room.pk}/postmortem"
    assert "is draft" in here("postmortem").text
    exported = here("pm export md").open_url
    assert exported == f"/incidents/{room.pk}/postmortem/export?format=md"


@pytest.mark.parametrize(
    ("before", "line", "path"),
    [
        ([], "export md", "/timeline?download=md"),
        ([], "export as JSON", "/timeline?download=json"),
        ([], "export html", "/timeline"),
        (["pm open"], "export html", "/postmortem/export?format=html"),
    ],
)
def test_export_leads_to_a_page_that_is_there(
    here: Callable[..., object],
    room: Incident,
    browser: Callable[..., object],
    ada: User,
    before: list[str],
    line: str,
    path: str,
) -> None:
    for earlier in before:
        here(earlier)

    reply = here(line)

    assert reply.open_url == f"/incidents/{room.pk}{path}"
    assert browser(ada).get(reply.open_url).status_code == 200


def test_answers_speak_in_the_askers_time(type_line: Type, room: Incident, ada: User) -> None:
    ada.time_zone = "Asia/Kolkata"

    assert "Kolkata (" in type_line("/incident sev 2", room=room).text
