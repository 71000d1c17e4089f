"""The register as a table: every command has help, examples that parse, who may, and who may not."""

import re

import pytest

from accounts.actors import Actor
from accounts.models import User
from accounts.permissions import Right
from chatops.commands.kit.args import Args
from chatops.context import Context
from chatops.grammar.binding import Bound
from chatops.grammar.docs import commands_page
from chatops.grammar.shapes import Takes
from chatops.grammar.times import When
from chatops.grammar.writing import write_bound
from chatops.registry import Command, Registry, command, registry
from chatops.replies import Reply
from chatops.router import answer
from incidents.models import Incident
from incidents.operations.people import set_private
from incidents.permissions import Doing
from tests.chatops.conftest import Type
from tests.chatops.reading import read
from tests.factories import make_private_incident

COMMANDS = registry().commands()
#: every subcommand of the specification that belongs to incidents
SPECIFIED = {
    "": "create list show join leave catchup sev status title summary impact now doing need update lead take page "
    "assign drop handoff roles note pin unpin timeline link unlink relate unrelate merge remind mitigated resolve "
    "close cancel reopen private unprivate invite remove postmortem export help",
    "task": "add list done assign reopen",
    "followup": "add list done assign reopen",
    "service": "add remove",
    "tag": "add remove",
    "postmortem": "open export",
}
ALIASES = {
    "new": "create",
    "declare": "create",
    "open": "create",
    "info": "show",
    "escalate": "page",
    "severity": "sev",
    "rename": "title",
    "event": "note",
    "pm": "postmortem",
    "pm export": "postmortem export",
}


def _ids(command: Command) -> str:
    return command.typed


each_command = pytest.mark.parametrize("entry", COMMANDS, ids=_ids)


@pytest.mark.parametrize("name", [f"{g} {verb}".strip() for g, verbs in SPECIFIED.items() for verb in verbs.split()])
def test_every_specified_command_is_there(name: str) -> None:
    found = registry().get("incident", name)

    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_alias_means_its_command(alias: str, name: str) -> None:
    found = registry().get("incident", alias)

    assert found is not None
    assert found.name == name


@each_command
def test_command_has_two_examples_that_parse_as_it(entry: Command) -> None:
    assert len(entry.examples) >= 2
    for example in entry.examples:
        found, _ = read(example)
        assert found is entry, example


@each_command
def test_examples_are_written_so_that_they_read_the_same(entry: Command) -> None:
    for example in entry.examples:
        _, bound = read(example)
        written = f"{entry.typed} {write_bound(entry.shape, bound)}"
        found, again = read(written)
        assert found is entry
        assert _meant(again) == _meant(bound)
        assert f"{entry.typed} {write_bound(entry.shape, again)}" == written


def _meant(bound: Bound) -> dict[str, object]:
    """The values; of a time the moment, not the words it was typed with."""
    return {name: value.at if isinstance(value, When) else value for name, value in bound.values.items()}


@each_command
def test_form_names_what_the_command_takes(entry: Command) -> None:
    assert entry.form.startswith(f"/{entry.root} {entry.name}".rstrip())
    required = [arg for arg in entry.shape.args if arg.required]
    assert len(re.findall(r"<", entry.form)) >= len(required)
    for flag in entry.shape.flags:
        assert f"--{flag.name}" in entry.form or flag.name == "yes"
    for arg in required:
        assert arg.question


@each_command
def test_command_has_help(entry: Command, type_line: Type) -> None:
    reply = type_line(f"/{entry.root} help {entry.name}" if entry.name else f"/{entry.root}")

    assert entry.summary.endswith(".")
    if entry.name:
        assert entry.summary in reply.text
        assert entry.form in reply.text
        assert all(f"`{example}`" in reply.text for example in entry.examples)
        assert f"Who may: {entry.who_text}" in reply.text
    assert not reply.to_everyone


# --- who may not ----------------------------------------------------------------------------------

RUN = [entry for entry in COMMANDS if entry.who in (Doing.RUN, Doing.ACCESS)]
SPEAK = [entry for entry in COMMANDS if entry.who is Doing.SPEAK]
OF_INCIDENTS = [entry for entry in COMMANDS if isinstance(entry.who, Doing)]
EVERYBODY = [entry for entry in COMMANDS if isinstance(entry.who, Right)]


def test_every_command_is_in_one_of_the_tables() -> None:
    assert {entry.typed for entry in OF_INCIDENTS + EVERYBODY} == {entry.typed for entry in COMMANDS}
    asks_more = {entry.typed for entry in EVERYBODY if entry.who not in (Right.READ, Right.DECLARE)}
    # Who may what with a schedule is asked in test_oncall_commands.py, with a page in test_paging_commands.py.
    shifts = {f"/oncall {sub}" for sub in ("override", "uncover", "cover", "swap", "take", "decline", "withdraw")}
    assert asks_more == {*shifts, "/oncall escalate"}


def _pointing_at(example: str, here: int, other: int) -> str:
    """An example with references to incidents that are there."""
    return re.sub(r"(?:#|INC-)(?:97|142)\b", f"#{other}", example.replace("#140", f"#{here}"))


@pytest.mark.parametrize("entry", RUN + SPEAK, ids=_ids)
def test_viewer_is_refused_what_responders_do(
    entry: Command,
    type_line: Type,
    room: Incident,
    dan: User,
    bo: User,
    cleo: User,
    services: dict[str, object],
) -> None:
    other = Incident.objects.create(title="Mail is slow")
    before = room.last_sequence, other.last_sequence
    for example in entry.examples:
        line = _pointing_at(example, room.pk, other.pk)
        reply = type_line(line, room=room, by=dan)
        assert not reply.ok, line
        assert f"Allowed: {entry.who_text}." in reply.text, (line, reply.text)
        assert line in reply.text
    room.refresh_from_db()
    other.refresh_from_db()
    assert (room.last_sequence, other.last_sequence) == before


@pytest.mark.parametrize("entry", RUN, ids=_ids)
def test_outsider_without_account_is_told_how_to_link(
    entry: Command, type_line: Type, room: Incident, outsider: Actor, bo: User, cleo: User
) -> None:
    other = Incident.objects.create(title="Mail is slow")

    reply = type_line(_pointing_at(entry.examples[0], room.pk, other.pk), room=room, by=outsider)

    assert not reply.ok
    assert "Link your account" in reply.text


@pytest.mark.parametrize("entry", [e for e in OF_INCIDENTS if e.name != "merge"], ids=_ids)
def test_private_incident_looks_as_if_it_were_not_there(
    entry: Command, type_line: Type, ada: User, bo: User, dan: User, cleo: User, services: dict[str, object]
) -> None:
    secret = make_private_incident("Canary leak", by=ada)
    missing = secret.pk + 1000
    if entry.shape.takes is Takes.NONE:
        assert "Canary" not in type_line(entry.examples[0], by=bo).text
        return
    args = "x" if entry.shape.text is not None and entry.shape.text.required else ""

    hidden = type_line(f"{entry.typed} --incident {secret.pk} {_sample(entry)} {args}".rstrip(), by=bo)
    absent = type_line(f"{entry.typed} --incident {missing} {_sample(entry)} {args}".rstrip(), by=bo)

    assert hidden.text == absent.text.replace(str(missing), str(secret.pk))
    assert not hidden.ok
    assert "Canary" not in hidden.text
    assert hidden.incident is None


def _sample(entry: Command) -> str:
    """The arguments of the first example, without its reference and text."""
    _, bound = read(entry.examples[0])
    bound.incident = None
    bound.values = {arg.name: bound.values[arg.name] for arg in entry.shape.places if arg.name in bound.values}
    return write_bound(entry.shape, bound).replace("#97", "#1")


@pytest.mark.parametrize("line", ["merge #{0} into #{1}", "merge #{1} into #{0}", "relate #{0}"])
def test_private_incident_can_not_be_reached_from_another(
    type_line: Type, room: Incident, ada: User, bo: User, line: str
) -> None:
    secret = make_private_incident("Canary leak", by=ada)

    reply = type_line("/incident " + line.format(secret.pk, room.pk), room=room, by=bo)

    assert not reply.ok
    assert f"There is no incident #{secret.pk}." in reply.text


def test_room_of_a_private_incident_says_nothing_to_somebody_not_confirmed(
    type_line: Type, ada: User, bo: User
) -> None:
    secret = make_private_incident("Canary leak", by=ada)

    reply = type_line("/incident show", room=secret, by=bo)

    assert reply.text.startswith("This room has no incident, and none is open.")


def test_declaring_is_refused_to_somebody_who_left(type_line: Type, bo: User) -> None:
    bo.is_active = False

    reply = type_line("/incident create Checkout 5xx", by=bo)

    assert not reply.ok
    assert not Incident.objects.exists()


def test_commander_without_responder_role_may_run(type_line: Type, room: Incident, dan: User) -> None:
    type_line(f"/incident lead @{dan.handle}", room=room)

    assert type_line("/incident sev 3", room=room, by=dan).ok


def test_private_needs_a_member(type_line: Type, room: Incident, ada: User, bo: User) -> None:
    set_private(number=room.pk, is_private=True, by=Actor.person(ada, "web"))

    assert "no incident" in type_line(f"/incident unprivate #{room.pk}", by=bo).text.lower()


# --- the register itself --------------------------------------------------------------------------


def _one_more(register: Registry) -> None:
    @command(
        "status",
        "",
        form="/status [service]",
        summary="Show the board.",
        examples=("/status", "/status payments"),
        who=Right.READ,
        takes=Takes.NONE,
        root_aliases=("board",),
        into=register,
    )
    def board(context: Context, args: Args) -> Reply:
        return Reply(text="the board")

    @command(
        "status",
        "publish",
        form="/status publish",
        summary="Publish it.",
        examples=("/status publish", "/svc publish"),
        who=Right.READ,
        takes=Takes.NONE,
        into=register,
    )
    def publish(context: Context, args: Args) -> Reply:
        return Reply(text="published")


@pytest.fixture
def grown() -> Registry:
    """The product's register with a later feature in it."""
    register = Registry()
    for entry in COMMANDS:
        register.add(entry)
    _one_more(register)
    return register


@pytest.mark.parametrize("line", ["/status", "/board", "/Status", "/incident board", "board"])
def test_later_feature_adds_a_root(grown: Registry, actor_ada: Actor, line: str) -> None:
    assert answer(Context(by=actor_ada, typed=line), grown).text == "the board"


def test_root_can_be_renamed(grown: Registry, actor_ada: Actor, settings: object) -> None:
    settings.COMMAND_NAMES = {"status": "svc"}  # type: ignore[attr-defined]

    for line in ("/svc", "/status", "/incident svc"):
        assert answer(Context(by=actor_ada, typed=line), grown).text == "the board"
    helped = answer(Context(by=actor_ada, typed="/svc help publish"), grown).text
    assert "`/svc publish`" in helped
    assert "/status" not in helped


def test_word_that_is_a_root_and_a_command_goes_where_it_makes_sense(
    grown: Registry, actor_ada: Actor, room: Incident
) -> None:
    here = Context(by=actor_ada, typed="/incident status fixing", incident=room)
    there = Context(by=actor_ada, typed="/incident status publish", incident=room)

    assert "is now fixing" in answer(here, grown).text
    assert answer(there, grown).text == "published"


def test_a_name_is_registered_once() -> None:
    register = Registry()
    register.add(COMMANDS[0])

    with pytest.raises(ValueError, match="registered twice"):
        register.add(COMMANDS[0])


def test_help_shows_twelve_lines_and_all_shows_all(type_line: Type) -> None:
    most_used = type_line("/incident help").text
    everything = type_line("/help all").text

    assert len(re.findall(r"^- `/incident ", most_used, re.MULTILINE)) == 12
    assert all(entry.form in everything for entry in COMMANDS)


def test_help_for_a_group_a_root_and_a_slip(type_line: Type) -> None:
    assert "/incident task done <n>" in type_line("/help task").text
    assert "/incident sev" in type_line("/help incident").text
    assert type_line("/incident help sve").buttons[0].command == "/incident help sev"


def test_reference_page_has_every_command() -> None:
    page = commands_page(COMMANDS)

    for entry in COMMANDS:
        assert f"### {entry.typed}\n" in page
        assert entry.form in page
