"""Rows for tests, made the shortest way that the product allows.

What has an operation is made by it; what is only set up (people, catalogue, connections) is a plain row.
"""

from tests.factories.oncall import layer, make_schedule
from tests.factories.outside import make_alert, make_connection, make_delivery, make_group, make_received
from tests.factories.people import PASSWORD, link_identity, make_person, make_team, make_token
from tests.factories.rooms import make_incident, make_private_incident, make_service

__all__ = [
    "PASSWORD",
    "layer",
    "link_identity",
    "make_alert",
    "make_connection",
    "make_delivery",
    "make_group",
    "make_incident",
    "make_person",
    "make_private_incident",
    "make_received",
    "make_schedule",
    "make_service",
    "make_team",
    "make_token",
]
