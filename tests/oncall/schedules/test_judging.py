"""Why it is who it is, what a change would do, and whether it is fair."""

from datetime import datetime

from oncall.rules.schedules.comparing import Changed, compare
from oncall.rules.schedules.explaining import State, explain
from oncall.rules.schedules.final import final
from oncall.rules.schedules.plan import Gap, Layer, Override, Plan, Restriction, Rotation, Shift, Swap, Unit, Version
from oncall.rules.schedules.quality import quality
from oncall.rules.schedules.wall import DAY, WEEK, instant_of, wall_clock, wall_of

MONDAY = wall_of(datetime.fromisoformat("2026-06-01T09:00"))
A, B, C = ("ana",), ("bo",), ("cy",)
HOUR = 3600


def at(text: str) -> int:
    return instant_of(datetime.fromisoformat(f"2026-{text}+00:00"))


def plan(*layers: Layer, overrides: tuple[Override, ...] = (), swaps: tuple[Swap, ...] = ()) -> Plan:
    return Plan((Version("UTC", layers),), overrides, swaps)


WEEKLY = Layer("week", MONDAY, (A, B), rotation=Rotation(Unit.WEEK))
OFFICE = Layer("office", MONDAY, (C,), restrictions=(Restriction(DAY, 9 * HOUR, 17 * HOUR),))
LATER = Layer("later", MONDAY + 52 * WEEK, (C,))
ENDED = Layer("ended", MONDAY - WEEK, (C,), ends_at=MONDAY)


def test_each_layer_says_how_it_stands() -> None:
    told = explain(plan(WEEKLY, OFFICE, LATER, ENDED), at("06-09T12:00"))

    assert isinstance(told.result, Shift)
    assert told.result.users == C
    assert [(layer.name, layer.state, layer.counts) for layer in told.layers] == [
        ("ended", State.OVER, False),
        ("later", State.TO_COME, False),
        ("office", State.OPEN, True),
        ("week", State.OPEN, False),
    ]
    week = told.layers[-1]
    assert (week.turn, week.users, week.until) == (1, B, at("06-15T09:00"))


def test_a_closed_layer_says_when_it_opens() -> None:
    told = explain(plan(WEEKLY, OFFICE), at("06-09T20:00"))

    assert (told.layers[0].state, told.layers[0].until) == (State.CLOSED, at("06-10T09:00"))
    assert told.layers[1].counts


def test_what_was_changed_by_hand_is_said_in_order() -> None:
    overrides = (
        Override("cy", at("06-02T00:00"), at("06-03T00:00"), "ana", 7),
        Override("di", at("06-02T00:00"), at("06-03T00:00"), None, 8),
        Override("eve", at("06-04T00:00"), at("06-05T00:00"), None, 9),
    )
    told = explain(plan(WEEKLY, overrides=overrides), at("06-02T12:00"))

    assert [(hand.user, hand.instead_of, hand.key, hand.counts) for hand in told.by_hand] == [
        ("cy", "ana", 7, False),
        ("di", None, 8, True),
    ]


def test_a_swap_follows_its_turn_and_is_said() -> None:
    swapped = plan(WEEKLY, swaps=(Swap("week", 1, "bo", "cy", 3),))
    [shift] = final(swapped, at("06-08T09:00"), at("06-15T09:00")).shifts

    assert (shift.users, shift.replaced[0].is_swap) == (("cy",), True)
    [hand] = explain(swapped, at("06-09T00:00")).by_hand
    assert (hand.user, hand.instead_of, hand.is_swap, hand.counts) == ("cy", "bo", True, True)


def test_nobody_has_reasons_too() -> None:
    told = explain(plan(OFFICE), at("06-02T20:00"))

    assert told.result == Gap(at("06-02T20:00"), at("06-02T20:00") + 1)
    assert told.layers[0].state is State.CLOSED


WINDOW = at("06-01T09:00"), at("06-15T09:00")
CLOCK = wall_clock("UTC", *WINDOW)


def test_what_a_change_would_do() -> None:
    before = final(plan(WEEKLY), *WINDOW)
    cover = Override("bo", at("06-03T08:00"), at("06-03T16:00"), None, 1)
    after = final(plan(WEEKLY, overrides=(cover,)), *WINDOW)

    told = compare(before, after, CLOCK)

    assert told.changes == [Changed(at("06-03T08:00"), at("06-03T16:00"), A, B)]
    assert told.seconds == {"ana": -8 * HOUR, "bo": 8 * HOUR}
    assert (told.gap_seconds, told.tired) == (0, {})


def test_a_new_gap_and_nights_in_a_row_are_said() -> None:
    daily = Layer("day", MONDAY, (A, B), rotation=Rotation(Unit.DAY))
    open_only = Layer("day", MONDAY, (A,), restrictions=(Restriction(DAY, 17 * HOUR, 33 * HOUR),))
    told = compare(final(plan(daily), *WINDOW), final(plan(open_only), *WINDOW), CLOCK)

    assert told.gap_seconds == 14 * 8 * HOUR
    assert told.tired == {"ana": 14}
    assert told.seconds["bo"] == -7 * DAY


def test_nothing_changed_is_nothing() -> None:
    before = final(plan(WEEKLY, OFFICE), *WINDOW)

    told = compare(before, before, CLOCK)

    assert (told.changes, told.seconds, told.gap_seconds, told.tired) == ([], {}, 0, {})


def test_hours_nights_and_weekends_are_added_up() -> None:
    told = quality(final(plan(WEEKLY, OFFICE), *WINDOW), CLOCK, *WINDOW)

    assert told.uncovered == 0
    assert [(each.user, each.seconds // HOUR, each.nights, each.weekend_seconds // HOUR) for each in told.shares] == [
        ("ana", 7 * 16, 7, 32),
        ("bo", 7 * 16, 7, 32),
        ("cy", 14 * 8, 0, 32),
    ]
    assert told.shares[1].longest == 16 * HOUR


def test_the_share_that_nobody_covers() -> None:
    told = quality(final(plan(OFFICE), *WINDOW), CLOCK, *WINDOW)

    assert round(told.uncovered, 4) == round(16 / 24, 4)


def test_a_stretch_over_a_hand_off_to_oneself_is_one() -> None:
    alone = Layer("alone", MONDAY, (A,), rotation=Rotation(Unit.DAY))

    assert quality(final(plan(alone), *WINDOW), CLOCK, *WINDOW).shares[0].longest == 14 * DAY


def test_a_night_over_the_spring_change_is_one_night() -> None:
    start, end = at("03-28T09:00"), at("03-30T09:00")
    clock = wall_clock("Europe/Berlin", start, end)
    daily = Layer("day", wall_of(datetime.fromisoformat("2026-03-01T09:00")), (A,))
    found = final(Plan((Version("Europe/Berlin", (daily,)),)), start, end)

    assert quality(found, clock, start, end).shares[0].nights == 2
