"""Exports of three systems, in the shapes of their public APIs, and what each has computed itself.

All of them say the same: weekly turns of Ana's successor and Bo, Monday 09:00 in Berlin, and Cleo in the nights. The
window holds the night in which summer time begins there (2026-03-29). The computed shifts are worked out by hand.
"""

from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


WINDOW = (seconds("2026-03-28T12:00Z"), seconds("2026-03-30T12:00Z"))
#: (from, to, who) in the window
SHIFTS = [
    ("2026-03-28T12:00:00Z", "2026-03-28T17:00:00Z", "bo"),
    ("2026-03-28T17:00:00Z", "2026-03-29T06:00:00Z", "cleo"),
    ("2026-03-29T06:00:00Z", "2026-03-29T16:00:00Z", "bo"),
    ("2026-03-29T16:00:00Z", "2026-03-30T06:00:00Z", "cleo"),
    ("2026-03-30T06:00:00Z", "2026-03-30T07:00:00Z", "bo"),
    ("2026-03-30T07:00:00Z", "2026-03-30T12:00:00Z", "ada"),
]
PEOPLE = {"ada": "Ada", "bo": "Bo", "cleo": "Cleo"}
NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)


def pagerduty() -> dict[str, list[Json]]:
    def user(key: str) -> Json:
        return {"id": f"P{key.upper()}", "type": "user_reference", "summary": PEOPLE[key]}

    return {
        "users": [
            {"id": f"P{key.upper()}", "type": "user", "name": name, "email": f"{key}@example.com", "role": "user"}
            for key, name in PEOPLE.items()
        ],
        "schedules": [
            {
                "id": "PSCHED1",
                "type": "schedule",
                "name": "Payments",
                "time_zone": "Europe/Berlin",
                "description": "Who is called first",
                "schedule_layers": [  # the highest first
                    {
                        "id": "PL2",
                        "name": "Nights",
                        "start": "2026-01-05T09:00:00+01:00",
                        "end": None,
                        "rotation_virtual_start": "2026-01-05T09:00:00+01:00",
                        "rotation_turn_length_seconds": 86_400,
                        "users": [{"user": user("cleo")}],
                        "restrictions": [
                            {"type": "daily_restriction", "start_time_of_day": "18:00:00", "duration_seconds": 50_400}
                        ],
                    },
                    {
                        "id": "PL1",
                        "name": "Weeks",
                        "start": "2026-02-03T15:30:00+01:00",
                        "end": None,
                        "rotation_virtual_start": "2026-01-05T09:00:00+01:00",
                        "rotation_turn_length_seconds": 604_800,
                        "users": [{"user": user("ada")}, {"user": user("bo")}],
                        "restrictions": [],
                    },
                ],
                "final_schedule": {
                    "name": "Final Schedule",
                    "rendered_schedule_entries": [
                        {"start": start, "end": end, "user": user(who)} for start, end, who in SHIFTS
                    ],
                },
                "asked_for": list(WINDOW),
            }
        ],
        "overrides": [
            {
                "id": "PO1",
                "schedule": {"id": "PSCHED1"},
                "start": "2026-04-10T18:00:00+02:00",
                "end": "2026-04-11T08:00:00+02:00",
                "user": user("bo"),
            }
        ],
        "escalation_policies": [
            {
                "id": "PPOL1",
                "name": "Payments",
                "num_loops": 3,
                "escalation_rules": [
                    {
                        "escalation_delay_in_minutes": 10,
                        "targets": [{"id": "PSCHED1", "type": "schedule_reference"}],
                        "escalation_rule_assignment_strategy": {"type": "assign_to_everyone"},
                    },
                    {
                        "escalation_delay_in_minutes": 15,
                        "targets": [{"id": "PADA", "type": "user_reference"}, {"id": "PX", "type": "robot_reference"}],
                    },
                ],
            }
        ],
        "services": [
            {
                "id": "PSVC1",
                "name": "Payments API",
                "description": "Takes the money",
                "auto_resolve_timeout": 14_400,
                "escalation_policy": {"id": "PPOL1", "type": "escalation_policy_reference"},
                "incident_urgency_rule": {"type": "constant", "urgency": "high"},
            }
        ],
    }


def opsgenie() -> dict[str, list[Json]]:
    def period(start: str, end: str, who: str) -> Json:
        recipient = {"id": f"u-{who}", "type": "user", "name": f"{who}@example.com"}
        return {"startDate": start, "endDate": end, "type": "default", "recipient": recipient}

    # Rotations are on call beside each other: the weeks go on in Cleo's nights.
    weeks = [("2026-03-28T12:00:00Z", "2026-03-30T07:00:00Z", "bo"), (SHIFTS[5][0], SHIFTS[5][1], "ada")]
    return {
        "users": [
            {"id": f"u-{key}", "username": f"{key}@example.com", "fullName": name, "timeZone": "Europe/Berlin"}
            for key, name in PEOPLE.items()
        ],
        "schedules": [
            {
                "id": "s-1",
                "name": "Payments",
                "timezone": "Europe/Berlin",
                "enabled": True,
                "rotations": [
                    {
                        "id": "r-1",
                        "name": "Weeks",
                        "startDate": "2026-01-05T08:00:00Z",
                        "type": "weekly",
                        "length": 1,
                        "participants": [
                            {"type": "user", "id": "u-ada", "username": "ada@example.com"},
                            {"type": "user", "id": "u-bo", "username": "bo@example.com"},
                        ],
                    },
                    {
                        "id": "r-2",
                        "name": "Nights",
                        "startDate": "2026-01-05T17:00:00Z",
                        "type": "daily",
                        "length": 1,
                        "participants": [{"type": "user", "username": "cleo@example.com"}],
                        "timeRestriction": {
                            "type": "time-of-day",
                            "restriction": {"startHour": 18, "startMin": 0, "endHour": 8, "endMin": 0},
                        },
                    },
                ],
                "timeline": {
                    "finalTimeline": {
                        "rotations": [
                            {"id": "r-1", "name": "Weeks", "periods": [period(*one) for one in weeks]},
                            {
                                "id": "r-2",
                                "name": "Nights",
                                "periods": [period(*one) for one in SHIFTS if one[2] == "cleo"],
                            },
                        ]
                    }
                },
                "asked_for": list(WINDOW),
            }
        ],
        "overrides": [
            {
                "alias": "o-1",
                "schedule": {"id": "s-1"},
                "user": {"type": "user", "username": "bo@example.com"},
                "startDate": "2026-04-10T16:00:00Z",
                "endDate": "2026-04-11T06:00:00Z",
                "rotations": [{"id": "r-2", "name": "Nights"}],
            }
        ],
        "escalations": [
            {
                "id": "e-1",
                "name": "Payments",
                "rules": [
                    {
                        "condition": "if-not-acked",
                        "notifyType": "default",
                        "delay": {"timeAmount": 0, "timeUnit": "minutes"},
                        "recipient": {"type": "schedule", "id": "s-1", "name": "Payments"},
                    },
                    {
                        "condition": "if-not-acked",
                        "notifyType": "default",
                        "delay": {"timeAmount": 10, "timeUnit": "minutes"},
                        "recipient": {"type": "user", "username": "ada@example.com"},
                    },
                    {
                        "condition": "if-not-acked",
                        "notifyType": "all",
                        "delay": {"timeAmount": 10, "timeUnit": "minutes"},
                        "recipient": {"type": "team", "id": "t-1", "name": "Platform"},
                    },
                ],
                "repeat": {"waitInterval": 15, "count": 3},
            }
        ],
        "services": [{"id": "v-1", "name": "Payments API", "teamId": "t-1", "description": "Takes the money"}],
    }


def grafana() -> dict[str, list[Json]]:
    return {
        "users": [{"id": f"U{key}", "username": key, "email": f"{key}@example.com", "role": "admin"} for key in PEOPLE],
        "schedules": [
            {
                "id": "SGRAF",
                "name": "Payments",
                "type": "calendar",
                "time_zone": "Europe/Berlin",
                "shifts": ["OW", "ON"],
                "final_shifts": [
                    {"user_pk": f"U{who}", "user_username": who, "shift_start": start, "shift_end": end}
                    for start, end, who in SHIFTS
                ],
                "asked_for": list(WINDOW),
            },
            {"id": "SICAL", "name": "From a calendar", "type": "ical", "ical_url_primary": "https://example.com/a.ics"},
        ],
        "on_call_shifts": [
            {
                "id": "OW",
                "name": "Weeks",
                "type": "rolling_users",
                "level": 0,
                "start": "2026-01-05T09:00:00",
                "rotation_start": "2026-01-05T09:00:00",
                "duration": 604_800,
                "frequency": "weekly",
                "interval": 1,
                "week_start": "MO",
                "by_day": None,
                "rolling_users": [["Ubo"], ["Uada"]],
                "start_rotation_from_user_index": 1,
                "until": None,
            },
            {
                "id": "ON",
                "name": "Nights",
                "type": "recurrent_event",
                "level": 1,
                "start": "2026-01-05T18:00:00",
                "duration": 50_400,
                "frequency": "weekly",
                "interval": 1,
                "week_start": "SU",
                "by_day": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"],
                "users": ["Ucleo"],
            },
        ],
        "escalation_chains": [{"id": "C1", "name": "Payments"}],
        "escalation_policies": [
            {
                "id": "E1",
                "escalation_chain_id": "C1",
                "position": 0,
                "type": "notify_on_call_from_schedule",
                "notify_on_call_from_schedule": "SGRAF",
            },
            {"id": "E2", "escalation_chain_id": "C1", "position": 1, "type": "wait", "duration": 600},
            {
                "id": "E3",
                "escalation_chain_id": "C1",
                "position": 2,
                "type": "notify_persons",
                "persons_to_notify": ["Uada"],
            },
            {"id": "E4", "escalation_chain_id": "C1", "position": 3, "type": "trigger_webhook"},
            {"id": "E5", "escalation_chain_id": "C1", "position": 4, "type": "repeat_escalation"},
        ],
        "integrations": [
            {
                "id": "I1",
                "name": "Payments API",
                "type": "webhook",
                "default_route": {"escalation_chain_id": "C1"},
            }
        ],
    }
