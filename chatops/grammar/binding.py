"""Reading the tokens of a line as what a command takes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chatops.grammar import values
from chatops.grammar.errors import Span, Unreadable, shortened
from chatops.grammar.flags import pick_flags
from chatops.grammar.readers import Here, Value, read_arg, static_choices
from chatops.grammar.shapes import Arg, Kind, Shape, Takes
from chatops.grammar.tokens import Sort, Token, text_of
from chatops.grammar.values import IncidentRef

FILLERS = frozenset({"to", "for", "in", "the", "please"})


@dataclass
class Bound:
    """A line that was read.

    `incident` is what was named, None when nothing was. `incident_span` is where; `is_unsure` when the
    reference stands before free text, so that it may belong to the text. `spans` says where each argument
    stood.
    """

    values: dict[str, Value] = field(default_factory=dict)
    incident: IncidentRef | None = None
    incident_span: Span | None = None
    is_unsure: bool = False
    spans: dict[str, Span] = field(default_factory=dict)


def bind(source: str, tokens: Sequence[Token], shape: Shape, here: Here, *, end: int | None = None) -> Bound:
    """Read the tokens (those after the command's words) of `source`.

    :param end: where the command's words end: what is missing is put there when nothing else was typed.
    :raises Unreadable: something is missing, unclear, or left over.
    """
    bound = Bound()
    rest = pick_flags(tokens, shape, here, bound.values, bound.spans)
    named = bound.values.pop("incident", None)
    if isinstance(named, IncidentRef):
        bound.incident = named
    return _Binder(source, rest, shape, here, bound, end if end is not None else _start(tokens)).run()


def _start(tokens: Sequence[Token]) -> int:
    return tokens[0].start if tokens else 0


class _Binder:
    """Walks once over the tokens that are no flags."""

    def __init__(self, source: str, tokens: list[Token], shape: Shape, here: Here, bound: Bound, end: int) -> None:
        self.source, self.tokens, self.shape, self.here, self.bound = source, tokens, shape, here, bound
        self.at = 0
        self.end = end

    def run(self) -> Bound:
        waiting = list(self.shape.places)
        while waiting:
            self.take_incident(waiting)
            if self.at >= len(self.tokens):
                break
            arg = self.next_arg(waiting)
            waiting.remove(arg)
            self.read(arg, waiting)
        self.take_incident([])
        if self.shape.text is not None:
            self.take_text(self.shape.text)
        self.finish(waiting)
        return self.bound

    # --- the incident ---------------------------------------------------------------------------

    def take_incident(self, waiting: Sequence[Arg]) -> None:
        """Take #142 here, if the command names an incident this way and has none yet."""
        if self.shape.takes is Takes.NONE or self.bound.incident is not None or self.at >= len(self.tokens):
            return
        in_text = not waiting and self.shape.text is not None
        at = self.at if in_text else self.skip_fillers()
        token = self.tokens[at]
        if not token.is_word or self.belongs_to_argument(token, waiting):
            return
        found = values.marked_incident(token.text)
        if found is None and self.may_be_bare(at, waiting):
            found = values.bare_incident(token.text)
        if found is None:
            return
        self.at = at + 1
        self.bound.incident, self.bound.incident_span, self.end = found, token.span, token.end
        text = self.shape.text
        left = self.tokens[self.at :]
        is_plain = not left or (len(left) == 1 and left[0].sort is Sort.QUOTED)
        self.bound.is_unsure = text is not None and not waiting and not is_plain

    def belongs_to_argument(self, token: Token, waiting: Sequence[Arg]) -> bool:
        """`task done #3` means task 3, unless another number follows."""
        if not waiting or waiting[0].kind is not Kind.NUMBER:
            return bool(waiting) and waiting[0].kind is Kind.INCIDENT
        following = self.tokens[self.at + 1 : self.at + 2]
        return not (following and values.bare_incident(following[0].text))

    def may_be_bare(self, at: int, waiting: Sequence[Arg]) -> bool:
        """142 and `this` count where no argument could be meant: without text, or as the only word."""
        if self.shape.takes not in (Takes.BARE, Takes.MAYBE) or any(self.reads(arg, at) for arg in waiting):
            return False
        return self.shape.text is None or len(self.tokens) == 1

    def reads(self, arg: Arg, at: int) -> bool:
        try:
            read_arg(arg, self.tokens, at, self.here)
        except Unreadable:
            return False
        return True

    # --- arguments ------------------------------------------------------------------------------

    def skip_fillers(self, arg: Arg | None = None) -> int:
        """Where the next word is that is no small word; the last word is never skipped."""
        small = FILLERS | set(arg.fillers if arg else ())
        at = self.at
        while at < len(self.tokens) - 1 and self.tokens[at].is_word and self.tokens[at].folded in small:
            at += 1
        return at

    def next_arg(self, waiting: Sequence[Arg]) -> Arg:
        """The argument to read next: a person marked with @ may come before its turn, and so may a
        person beside a role that is named second (`assign @bo comms`, `assign bo comms`)."""
        arg = waiting[0]
        person = next((other for other in waiting if other.kind is Kind.USER), None)
        if person is None or arg is person:
            return arg
        at = self.skip_fillers(arg)
        if values.looks_like_user(self.tokens[at].text):
            return person
        if arg.kind is Kind.ROLE and not values.is_usual_role(self.tokens[at].text):
            later = [token.text for token in self.tokens[at + 1 : at + 3]]
            if any(values.is_usual_role(word) for word in later):
                return person
        return arg

    def read(self, arg: Arg, waiting: Sequence[Arg]) -> None:
        at = self.skip_fillers(arg)
        if self.tokens[at].sort is Sort.FLAG:
            raise Unreadable(f"No --{self.tokens[at].text} here.", span=self.tokens[at].span)
        if arg.marked and not values.looks_like_user(self.tokens[at].text):
            return
        try:
            value, used = read_arg(arg, self.tokens, at, self.here)
        except Unreadable:
            if arg.required or (self.shape.text is None and not waiting):
                raise
            return
        span = self.tokens[at].start, self.tokens[at + used - 1].end
        self.bound.values[arg.name], self.bound.spans[arg.name] = value, span
        self.at, self.end = at + used, span[1]

    def take_text(self, arg: Arg) -> None:
        tokens = self.tokens[self.at :]
        for rider in self.shape.riders:
            tokens = self.take_rider(rider, tokens)
        if tokens:
            self.bound.values[arg.name] = text_of(self.source, tokens)
            self.bound.spans[arg.name] = tokens[0].start, tokens[-1].end
        self.at = len(self.tokens)

    def take_rider(self, arg: Arg, tokens: list[Token]) -> list[Token]:
        """A person at the end or the beginning of the text, as long as text remains."""
        if len(tokens) < 2:
            return tokens
        for index, rest in ((-1, tokens[:-1]), (0, tokens[1:])):
            token = tokens[index]
            if token.is_word and values.looks_like_user(token.text):
                self.bound.values[arg.name] = values.read_user(token.text)
                self.bound.spans[arg.name] = token.span
                return rest
        return tokens

    # --- the end --------------------------------------------------------------------------------

    def finish(self, waiting: Sequence[Arg]) -> None:
        missing = next((arg for arg in waiting if arg.required), None)
        text = self.shape.text
        if missing is None and text is not None and text.required and text.name not in self.bound.values:
            missing = text
        if missing is not None:
            raise Unreadable(
                missing.question,
                span=(self.end, self.end),
                choices=static_choices(missing),
                wants=missing.name,
            )
        left = self.tokens[self.at :]
        if left and left[-1].folded == "please":
            left = left[:-1]
        if left:
            said = shortened(self.source[left[0].start : left[-1].end])
            raise Unreadable(f'I don\'t know what to do with "{said}".', span=(left[0].start, left[-1].end))
