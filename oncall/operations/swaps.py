"""Asking somebody else to take a shift, saying yes or no, and taking it back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts import audit
from accounts.actors import SYSTEM, Actor
from accounts.models import User
from accounts.permissions import Right, require
from common import clock
from common.cleaning import clean
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from common.operations import operation
from oncall import swap_news
from oncall.models import Schedule, ShiftPart, ShiftRequest
from oncall.operations.overrides import add_override, end_override
from oncall.operations.schedules import lock_schedule
from oncall.operations.watching import wake
from oncall.permissions import may_change
from oncall.plans import part_of, plan_around
from oncall.rules.schedules.handing import Part, never_ends, overlapping, parts_of, where
from oncall.rules.schedules.plan import Plan
from oncall.rules.schedules.wall import datetime_of, instant_of

#: a layer and the number of a turn of it
Turn = tuple[str, int]
_AHEAD = timedelta(days=366)


@operation
def ask_cover(
    *,
    slug: str,
    by: Actor,
    turn: Turn | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    reason: str = "",
) -> ShiftRequest:
    """Ask for somebody who takes one of your shifts, or what you have of a stretch of time. Open until taken.

    :raises Invalid: you are not on call then, or it is past. :raises Conflict: it was asked for already.
    :raises NotFound: no such schedule. :raises NotAllowed: not for the actor.
    """
    user = _asker(by)
    schedule = lock_schedule(slug)
    plan = _plan(schedule)
    if turn is not None:
        parts = [_turn_of(schedule, plan, user, turn, "shift")]
    elif starts_at is not None and ends_at is not None:
        parts = parts_of(plan, str(user.pk), *_window(starts_at, ends_at))
        if not parts:
            raise Invalid(f"You are not on call on {schedule.name} then.", field="from")
    else:
        raise Invalid("Say which shift, or from when to when.", field="shift")
    return _write(schedule, plan, ShiftRequest.COVER, user, parts, by, reason)


@operation
def ask_cover_everywhere(*, by: Actor, starts_at: datetime, ends_at: datetime, reason: str = "") -> list[ShiftRequest]:
    """Ask for cover on every schedule that has you on call then.

    :raises Invalid: none has, or it is past. :raises Conflict: it was asked for already.
    """
    user = _asker(by)
    edges = _window(starts_at, ends_at)
    found = []
    for schedule in Schedule.objects.filter(archived_at__isnull=True).order_by("pk"):
        if parts_of(_plan(schedule), str(user.pk), *edges):
            found.append(ask_cover(slug=schedule.slug, by=by, starts_at=starts_at, ends_at=ends_at, reason=reason))
    if not found:
        raise Invalid("You are not on call then.", field="from")
    return found


@operation
def ask_swap(
    *, slug: str, turn: Turn, of: User, by: Actor, in_return: Turn | None = None, reason: str = ""
) -> ShiftRequest:
    """Ask one person to take a shift of yours, and perhaps to give one of theirs in return. It needs their yes.

    :raises Invalid: it is not your shift, or past. :raises Conflict: it was asked for already.
    :raises NotFound: no such schedule. :raises NotAllowed: not for the actor.
    """
    user = _asker(by)
    if of.pk == user.pk:
        raise Invalid("Ask somebody else.", field="user")
    if not of.is_active:
        raise Invalid(f"{of.name} has left and can't be on call.", field="user")
    schedule = lock_schedule(slug)
    plan = _plan(schedule)
    part = _turn_of(schedule, plan, user, turn, "shift")
    back = None if in_return is None else _turn_of(schedule, plan, of, in_return, "in_return")
    return _write(schedule, plan, ShiftRequest.SWAP, user, [part], by, reason, of=of, back=back)


@operation
def take_request(*, number: int, by: Actor) -> ShiftRequest:
    """Say yes: from now on the actor has these shifts. Of two at once one gets it.

    :raises Conflict: it is not open any more. :raises NotFound: no such request. :raises NotAllowed: not for the actor.
    """
    taker = _asker(by)
    row, plan = _lock(number)
    _require_open(row)
    if row.asked_by_id == taker.pk:
        raise Conflict("That is your own request.", field="request")
    if row.asked_of_id not in (None, taker.pk):
        raise NotAllowed(f"{row.asked_of.name if row.asked_of else 'Somebody'} was asked, nobody else.")
    now = clock.now().replace(second=0, microsecond=0)
    parts = list(row.parts.select_related("giver"))
    for part in parts:
        _hand_over(row, part, row.asked_by if part.giver_id == taker.pk else taker, plan, now, by)
    row.taken_by, row.taken_at = taker, clock.now()
    _close(row, ShiftRequest.TAKEN)
    audit.record(by, "request.taken", "schedule", row.schedule_id, after=_facts(row))
    swap_news.taken(row)
    wake(row.schedule_id)
    return row


@operation
def decline_request(*, number: int, by: Actor) -> ShiftRequest:
    """Say no to a swap that you were asked for.

    :raises Conflict: it is not open any more. :raises NotFound: no such request. :raises NotAllowed: not for the actor.
    """
    require(by, Right.RESPOND, "be on call")
    row, _ = _lock(number)
    _require_open(row)
    if by.user is None or row.asked_of_id != by.user.pk:
        raise NotAllowed("Only who was asked can decline. A request for cover just stays open.")
    _close(row, ShiftRequest.DECLINED)
    audit.record(by, "request.declined", "schedule", row.schedule_id, after=_facts(row))
    swap_news.declined(row)
    return row


@operation
def withdraw_request(*, number: int, by: Actor) -> ShiftRequest:
    """Take a request back: what is still to come of it is the asker's again.

    Whoever asked may, and whoever may change the schedule; who took it asks for cover instead.

    :raises Conflict: it is over. :raises NotFound: no such request. :raises NotAllowed: not for the actor.
    """
    require(by, Right.RESPOND, "be on call")
    row, plan = _lock(number)
    mine = by.user is not None and row.asked_by_id == by.user.pk
    if not mine and not may_change(by, row.schedule):
        raise NotAllowed(f"Only {row.asked_by.name} and who may change {row.schedule.name} can take it back.")
    if row.status not in (ShiftRequest.OPEN, ShiftRequest.TAKEN):
        raise Conflict(f"This request is {row.status} already.", field="request")
    now = clock.now().replace(second=0, microsecond=0)
    if row.status == ShiftRequest.TAKEN:
        parts = list(row.parts.all())
        left = [_take_back(row, part, plan, now, by) for part in parts]
        if not any(left):
            raise Conflict("It is over; what was stays as it was.", field="request")
    _close(row, ShiftRequest.WITHDRAWN)
    audit.record(by, "request.withdrawn", "schedule", row.schedule_id, after=_facts(row))
    swap_news.withdrawn(row, by_asker=mine)
    wake(row.schedule_id)
    return row


@operation
def look_again(row: ShiftRequest) -> None:
    """An open request is due: too late for it, unless its shifts have moved on. Who asked is told."""
    try:
        found, plan = _lock(row.pk)
    except NotFound:
        # The schedule is out of use.
        row.done(status=ShiftRequest.EXPIRED, closed_at=clock.now(), closed_why="the schedule is out of use")
        return
    if found.status != ShiftRequest.OPEN:
        row.done()
        return
    edges = edges_of(found, plan)
    if edges is not None and _last_chance(found, *edges) > clock.now():
        found.starts_at, found.ends_at = edges
        found.save(update_fields=["starts_at", "ends_at"])
        row.again(error="", at=_last_chance(found, *edges), count=False)
        return
    _close(found, ShiftRequest.EXPIRED, "nobody took it in time" if edges else "the shift is not there any more")
    audit.record(SYSTEM, "request.expired", "schedule", found.schedule_id, after=_facts(found))
    swap_news.expired(found)


def edges_of(row: ShiftRequest, plan: Plan) -> tuple[datetime, datetime] | None:
    """Return from when to when what is asked for goes, as the schedule is now; None when it is not there any more."""
    near = instant_of(row.starts_at)
    mine = [part_of(part) for part in row.parts.all() if part.giver_id == row.asked_by_id]
    shifts = [shift for part in mine for shift in where(plan, part, near) if str(row.asked_by_id) in shift.users]
    if not shifts:
        return None
    return datetime_of(min(shift.start for shift in shifts)), datetime_of(max(shift.end for shift in shifts))


def _plan(schedule: Schedule) -> Plan:
    return plan_around(schedule.pk, clock.now())


def _asker(by: Actor) -> User:
    require(by, Right.RESPOND, "be on call")
    if by.user is None:
        raise NotAllowed("Warroom has to know whose shifts these are.")
    return by.user


def _window(starts_at: datetime, ends_at: datetime) -> tuple[int, int]:
    now = clock.now().replace(second=0, microsecond=0)
    if ends_at <= now:
        raise Invalid("That is over already; what was stays as it was.", field="to")
    if ends_at <= starts_at:
        raise Invalid("It ends after it begins.", field="to")
    if ends_at - now > _AHEAD:
        raise Invalid("Ask for cover at most a year ahead.", field="to")
    return instant_of(max(starts_at, now).replace(second=0)), instant_of(ends_at.replace(second=0))


def _turn_of(schedule: Schedule, plan: Plan, user: User, turn: Turn, field: str) -> Part:
    """The turn, if the person is on call by it now or later; of a layer that never hands over, the next stretch."""
    now, name = instant_of(clock.now()), str(user.pk)
    shifts = [shift for shift in where(plan, Part(*turn), now) if name in shift.users and shift.end > now]
    if not shifts:
        raise Invalid(f"This is no shift of {user.name} on {schedule.name} that is still to come.", field=field)
    part = parts_of(plan, name, shifts[0].start, shifts[0].end)[0]
    if not part.layer:
        raise Invalid("An override has put them there: say from when to when instead.", field=field)
    return part if never_ends(plan, turn[0], shifts[0].start) else Part(*turn)


def _write(
    schedule: Schedule,
    plan: Plan,
    kind: str,
    user: User,
    parts: Sequence[Part],
    by: Actor,
    reason: str,
    of: User | None = None,
    back: Part | None = None,
) -> ShiftRequest:
    _refuse_twice(schedule, user, parts)
    if of is not None and back is not None:
        _refuse_twice(schedule, of, [back])
    version = schedule.versions.get(superseded_at__isnull=True).number
    row = ShiftRequest(
        schedule=schedule,
        kind=kind,
        asked_by=user,
        asked_of=of,
        reason=clean(reason, "reason", most=300, one_line=True),
        made_at=clock.now(),
        starts_at=clock.now(),
        ends_at=clock.now(),
    )
    row.save(force_insert=True)
    _save_part(row, version, user, parts)
    if of is not None and back is not None:
        _save_part(row, version, of, [back])
    edges = edges_of(row, plan)
    assert edges is not None, "what was found a moment ago is there"
    row.starts_at, row.ends_at = edges
    row.due_at = _last_chance(row, *edges)
    row.save(update_fields=["starts_at", "ends_at", "due_at"])
    audit.record(by, "request.made", "schedule", schedule.pk, after=_facts(row))
    swap_news.asked(row, plan)
    return row


def _save_part(row: ShiftRequest, version: int, giver: User, parts: Sequence[Part]) -> None:
    for part in parts:
        ShiftPart.objects.create(
            request=row,
            version=version,
            layer=part.layer,
            turn=part.turn,
            giver=giver,
            starts_at=None if part.start is None else datetime_of(part.start),
            ends_at=None if part.end is None else datetime_of(part.end),
        )


def _refuse_twice(schedule: Schedule, giver: User, parts: Sequence[Part]) -> None:
    """Two requests about the same hours of one person would contradict each other."""
    there = ShiftPart.objects.filter(request__schedule=schedule, giver=giver, request__status=ShiftRequest.OPEN)
    for row in there.select_related("request").order_by("pk"):
        if overlapping(parts, [part_of(row)]):
            raise Conflict(
                f"Request {row.request_id} asks for some of the same already.",
                field="shift",
                hint="Take that one back first.",
            )


def _hand_over(row: ShiftRequest, part: ShiftPart, to: User, plan: Plan, now: datetime, by: Actor) -> None:
    """What is still to come of a part is theirs now."""
    shifts = where(plan, part_of(part), instant_of(row.starts_at))
    left = [shift for shift in shifts if str(part.giver_id) in shift.users and shift.end > instant_of(now)]
    if not left:
        raise Conflict(f"{part.giver.name} does not have this shift any more.", field="request")
    if any(str(to.pk) in shift.users for shift in left):
        raise Conflict(f"{to.name} is on call on {row.schedule.name} then already.", field="request")
    if not part.layer:
        assert part.starts_at is not None
        assert part.ends_at is not None
        part.override = add_override(
            slug=row.schedule.slug,
            user=to,
            replaces=part.giver,
            starts_at=part.starts_at,
            ends_at=part.ends_at,
            reason=row.reason,
            by=by,
        )
    elif shifts[0].start < instant_of(now) and (part.starts_at is None or part.starts_at < now):
        # What was before stays as it was.
        part.starts_at = now
    part.taker = to
    part.save(update_fields=["taker", "starts_at", "override"])


def _take_back(row: ShiftRequest, part: ShiftPart, plan: Plan, now: datetime, by: Actor) -> bool:
    """What is still to come of a part is the giver's again; False when nothing is."""
    shifts = where(plan, part_of(part), instant_of(row.starts_at))
    if not any(shift.end > instant_of(now) for shift in shifts):
        return False
    _refuse_passed_on(row, part)
    if part.override is not None:
        end_override(slug=row.schedule.slug, override=part.override.pk, by=SYSTEM)
    if shifts[0].start < instant_of(now) and (part.starts_at is None or part.starts_at < now):
        part.ends_at = now
    else:
        part.taker = None
    part.save(update_fields=["taker", "ends_at"])
    return True


def _refuse_passed_on(row: ShiftRequest, part: ShiftPart) -> None:
    """Who took it may have given it on; then it is that one's, and not silently nobody's."""
    later = ShiftPart.objects.filter(request__schedule=row.schedule_id, giver=part.taker, taker__isnull=False)
    for each in later.filter(request__status=ShiftRequest.TAKEN).select_related("taker").order_by("pk"):
        if part_of(each).overlaps(part_of(part)):
            name = each.taker.name if each.taker else "Somebody"
            raise Conflict(f"{name} has it by request {each.request_id}: that one is taken back first.")


def _lock(number: int) -> tuple[ShiftRequest, Plan]:
    """Lock the schedule and return the request as it is now, with what its schedule says."""
    held = ShiftRequest.objects.filter(pk=number).values_list("schedule__slug", flat=True).first()
    if held is None:
        raise NotFound(f"There is no request {number}.", field="request")
    schedule = lock_schedule(held)
    row = ShiftRequest.objects.select_related("schedule", "asked_by", "asked_of", "taken_by").get(pk=number)
    return row, _plan(schedule)


def _require_open(row: ShiftRequest) -> None:
    if row.status == ShiftRequest.TAKEN and row.taken_by is not None:
        raise Conflict(f"{row.taken_by.name} has taken it already.", field="request")
    if row.status != ShiftRequest.OPEN:
        raise Conflict(f"This request is {row.status} already.", field="request")


def _close(row: ShiftRequest, status: str, why: str = "") -> None:
    row.status, row.closed_at, row.closed_why = status, clock.now(), why
    row.state, row.due_at, row.lease_until, row.lease_owner = ShiftRequest.DONE, None, None, ""
    row.save()


def _last_chance(row: ShiftRequest, starts_at: datetime, ends_at: datetime) -> datetime:
    """A swap is agreed before the shift begins; cover helps as long as it lasts."""
    return starts_at if row.kind == ShiftRequest.SWAP and starts_at > row.made_at else ends_at


def _facts(row: ShiftRequest) -> dict[str, object]:
    return {
        "request": row.pk,
        "kind": row.kind,
        "status": row.status,
        "asked_by": row.asked_by_id,
        "asked_of": row.asked_of_id,
        "taken_by": row.taken_by_id,
        "from": row.starts_at.isoformat(),
        "to": row.ends_at.isoformat(),
        "reason": row.reason,
    }
