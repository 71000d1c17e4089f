"""Reading arguments: order, flags, references, free text, what is missing."""

from datetime import timedelta

import pytest

from chatops.grammar.binding import Bound
from chatops.grammar.errors import Unreadable, splice
from chatops.grammar.shapes import Arg, Flag, Kind, Shape, Takes, words
from chatops.grammar.times import When, write_when
from chatops.grammar.values import IncidentRef, UserRef
from chatops.grammar.writing import command_line, write_bound
from tests.chatops.lines import random_lines, within
from tests.chatops.reading import read_args

SEV = Shape(
    (Arg("severity", Kind.SEVERITY, ask="How bad?"), Arg("reason", Kind.TEXT, required=False)),
    (Flag("yes"),),
    Takes.MARKED,
)
CREATE = Shape(
    (Arg("title", Kind.TEXT, required=False),),
    (Flag("sev", Kind.SEVERITY), Flag("service", Kind.SERVICE, many=True), Flag("private")),
)
NOTE = Shape((Arg("text", Kind.TEXT),), (Flag("at", Kind.WHEN, lean="past"),), Takes.MARKED)
RESOLVE = Shape((Arg("text", Kind.TEXT, required=False),), (), Takes.BARE)
SHOW = Shape((), (), Takes.BARE)
ASSIGN = Shape((Arg("role", Kind.ROLE), Arg("user", Kind.USER)), (), Takes.MARKED)
TASK_ADD = Shape(
    (Arg("text", Kind.TEXT), Arg("user", Kind.USER, required=False, marked=True)),
    (Flag("due", Kind.DUE),),
    Takes.MARKED,
)
TASK_DONE = Shape((Arg("item", Kind.NUMBER),), (), Takes.MARKED)
MERGE = Shape(
    (Arg("source", Kind.INCIDENT, required=False), Arg("into", Kind.INCIDENT, fillers=("into",))),
    (),
    Takes.MAYBE,
)
LIST = Shape((Arg("which", Kind.CHOICE, required=False, choices=words("open", "mine")),), (Flag("last", Kind.NUMBER),))
SHAPES = [SEV, CREATE, NOTE, RESOLVE, SHOW, ASSIGN, TASK_ADD, TASK_DONE, MERGE, LIST]


@pytest.mark.parametrize(
    ("shape", "args", "values", "incident"),
    [
        (SEV, "1", {"severity": 1}, None),
        (SEV, "to critical customers hit", {"severity": 1, "reason": "customers hit"}, None),
        (SEV, "2 #142", {"severity": 2}, 142),
        (SEV, "#142 2 disk  full", {"severity": 2, "reason": "disk  full"}, 142),
        (SEV, "in INC-142 to 2", {"severity": 2}, 142),
        (SEV, "1 --yes", {"severity": 1, "yes": True}, None),
        (
            CREATE,
            "Checkout 5xx --sev 1 --service payments",
            {"title": "Checkout 5xx", "sev": 1, "service": ["payments"]},
            None,
        ),
        (CREATE, "--private Checkout —sev=1 5xx", {"title": "Checkout 5xx", "sev": 1, "private": True}, None),
        (CREATE, '--service a --service "b c" x', {"title": "x", "service": ["a", "b c"]}, None),
        (CREATE, "to be or not to be", {"title": "to be or not to be"}, None),
        (CREATE, "#142 is back", {"title": "#142 is back"}, None),
        (CREATE, "”Checkout” 5xx", {"title": "”Checkout” 5xx"}, None),
        (CREATE, "“Checkout 5xx”", {"title": "Checkout 5xx"}, None),
        (CREATE, "kubectl --dry-run", {"title": "kubectl --dry-run"}, None),
        (NOTE, "ran x --force -- then y", {"text": "ran x --force -- then y"}, None),
        (NOTE, "the #97 again", {"text": "the #97 again"}, None),
        (NOTE, "142", {"text": "142"}, None),
        (NOTE, "#142 db is slow", {"text": "db is slow"}, 142),
        (NOTE, "--incident 142 #97 is the same", {"text": "#97 is the same"}, 142),
        (NOTE, "the --incident flag", {"text": "the --incident flag"}, None),
        (RESOLVE, "142", {}, 142),
        (RESOLVE, "#142", {}, 142),
        (RESOLVE, "this was it", {"text": "this was it"}, None),
        (RESOLVE, "142 pods died", {"text": "142 pods died"}, None),
        (SHOW, "142", {}, 142),
        (SHOW, "please", {}, None),
        (ASSIGN, "comms @bo", {"role": "comms", "user": UserRef("bo")}, None),
        (ASSIGN, "comms to the @bo #142", {"role": "comms", "user": UserRef("bo")}, 142),
        (ASSIGN, "@bo to comms", {"role": "comms", "user": UserRef("bo")}, None),
        (ASSIGN, "bo scribe", {"role": "scribe", "user": UserRef("bo")}, None),
        (ASSIGN, "lead me", {"role": "commander", "user": UserRef("me", True)}, None),
        (ASSIGN, 'legal "Cleo Carter"', {"role": "legal", "user": UserRef("Cleo Carter")}, None),
        (TASK_ADD, "call the vendor @bo", {"text": "call the vendor", "user": UserRef("bo")}, None),
        (TASK_ADD, "@bo call the vendor", {"text": "call the vendor", "user": UserRef("bo")}, None),
        (TASK_ADD, "ask @bo about it", {"text": "ask @bo about it"}, None),
        (TASK_ADD, "@bo", {"text": "@bo"}, None),
        (TASK_DONE, "3", {"item": 3}, None),
        (TASK_DONE, "#3", {"item": 3}, None),
        (TASK_DONE, "#142 3", {"item": 3}, 142),
        (TASK_DONE, "3 #142", {"item": 3}, 142),
        (MERGE, "#140 into #142", {"source": IncidentRef(140), "into": IncidentRef(142)}, None),
        (MERGE, "140 142", {"source": IncidentRef(140), "into": IncidentRef(142)}, None),
        (MERGE, "into #142", {"into": IncidentRef(142)}, None),
        (MERGE, "this into inc-142", {"source": IncidentRef(None), "into": IncidentRef(142)}, None),
        (LIST, "mine --last 5", {"which": "mine", "last": 5}, None),
    ],
)
def test_arguments_are_read_as_meant(shape: Shape, args: str, values: dict[str, object], incident: int | None) -> None:
    bound = read_args(args, shape)

    assert bound.values == values
    assert bound.incident == (None if incident is None else IncidentRef(incident))


def test_this_is_the_incident_of_the_room() -> None:
    assert read_args("this", SHOW).incident == IncidentRef(None)
    assert read_args("This", RESOLVE).incident == IncidentRef(None)


@pytest.mark.parametrize(
    ("args", "is_unsure"),
    [
        ("#97 looks the same", True),
        ('#97 "looks the same"', False),
        ("looks like #97", False),
        ("--incident 97 x", False),
    ],
)
def test_reference_before_text_is_unsure(args: str, is_unsure: bool) -> None:
    assert read_args(args, NOTE).is_unsure is is_unsure


def test_times_may_be_several_words() -> None:
    at = read_args("x --at yesterday 9 pods died", NOTE).values

    assert isinstance(at["at"], When)
    assert write_when(at["at"].at) == "2026-06-09T07:00:00Z"
    assert at["text"] == "x pods died"


def test_due_is_a_length_or_a_moment() -> None:
    due = read_args("x --due 2h", TASK_ADD).values["due"]
    later = read_args('x --due "tomorrow 9"', TASK_ADD).values["due"]

    assert isinstance(due, When)
    assert isinstance(later, When)
    assert later.at - due.at == timedelta(hours=16)


@pytest.mark.parametrize(
    ("shape", "args", "message", "lines"),
    [
        (SEV, "", "How bad?", ["1", "2", "3", "4", "5"]),
        (SEV, "#142", "How bad?", [f"#142 {n}" for n in range(1, 6)]),
        (SEV, "critcal users hit", 'I can\'t read "critcal" as a severity.', ["1 users hit"]),
        (CREATE, "x --sev", "--sev needs a severity.", [f"x --sev {n}" for n in range(1, 6)]),
        (CREATE, "x --sev=9 y", 'I can\'t read "9" as a severity.', [f"x --sev={n} y" for n in range(1, 6)]),
        (CREATE, "x --serivce=a", "No --serivce.", ["x --service=a"]),
        (
            CREATE,
            "x --private=maybe",
            "--private is a switch: write it alone, or --private=no.",
            ["x --private"],
        ),
        (NOTE, "x --at 9", 'I read "9" as 09:00 Berlin (07:00Z) today. OK?', ["x --at 2026-06-10T07:00:00Z"]),
        (NOTE, "", "Which text?", []),
        (ASSIGN, "coms @bo", 'No role "coms".', ["comms @bo"]),
        (TASK_DONE, "first", 'I can\'t read "first" as a number.', []),
        (LIST, "mnie", 'No "mnie".', ["mine"]),
        (LIST, "mine yours", 'I don\'t know what to do with "yours".', []),
        (LIST, "--foo", "No --foo here.", []),
        (SHOW, "soon", 'I don\'t know what to do with "soon".', []),
        (TASK_DONE, "--foo", "No --foo here.", []),
    ],
)
def test_what_is_unclear_is_said_and_kept(shape: Shape, args: str, message: str, lines: list[str]) -> None:
    with pytest.raises(Unreadable) as caught:
        read_args(args, shape)

    trouble = caught.value
    assert trouble.message == message
    assert [splice(args, trouble.span or (0, 0), choice.value) for choice in trouble.choices] == lines


def test_choices_of_an_unclear_line_lead_on() -> None:
    for shape in SHAPES:
        for args in random_lines(100, seed=5):
            trouble = _trouble(args, shape)
            for choice in trouble.choices[:2] if trouble else ():
                further = _trouble(splice(args, trouble.span or (0, 0), choice.value), shape)
                assert further is None or further.message != trouble.message or "OK?" in trouble.message, args


def _trouble(args: str, shape: Shape) -> Unreadable | None:
    try:
        read_args(args, shape)
    except Unreadable as trouble:
        return trouble
    return None


@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_read_is_written_so_that_it_reads_the_same(shape: Shape) -> None:
    for args in random_lines(seed=11):
        assert within(0.010, lambda args=args: _try(args, shape)), repr(args)
        bound = _try(args, shape)
        if bound is None:
            continue
        written = write_bound(shape, bound)
        again = read_args(written, shape)
        assert write_bound(shape, again) == written, (args, written)
        assert again.incident == bound.incident, (args, written)
        assert {k: _plain(v) for k, v in again.values.items()} == {k: _plain(v) for k, v in bound.values.items()}, args


def _try(args: str, shape: Shape) -> Bound | None:
    try:
        return read_args(args, shape)
    except Unreadable:
        return None


def _plain(value: object) -> object:
    return value.at if isinstance(value, When) else value


@pytest.mark.parametrize(
    "text",
    [
        "Mail is slow",
        '"quoted"',
        "",
        "#97 again",
        "--sev 1",
        "— dash",
        "a\nb",
        "this",
        "@bo",
        "x @bo",
        "  x ",
        "\\",
    ],
)
def test_written_commands_carry_any_text(text: str) -> None:
    line = command_line("", incident=142, text=text).strip()

    bound = read_args(line, NOTE)

    assert bound.values["text"] == text
    assert bound.incident == IncidentRef(142)
    assert not bound.is_unsure
