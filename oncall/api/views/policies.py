"""Escalation policies: who is paged when nobody answers."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import Endpoint
from common import clock
from common.errors import NotFound
from oncall.api.paging_json import policy_json, read_levels, simulation_json
from oncall.api.paging_shapes import PolicyIn, PolicyOut, SimulationOut
from oncall.models import EscalationPolicy
from oncall.operations import policies
from oncall.rules.schedules.reading import read_instant
from oncall.rules.schedules.wall import datetime_of

_ROWS = EscalationPolicy.objects.filter(archived_at__isnull=True).select_related("team").prefetch_related("levels")


def _policy(slug: str) -> EscalationPolicy:
    found = _ROWS.filter(slug=slug).first()
    if found is None:
        raise NotFound(f"There is no escalation policy “{slug[:80]}”.", field="policy")
    return found


class Policies(Endpoint):
    """Escalation policies."""

    @extend_schema(
        summary="Escalation policies",
        parameters=[OpenApiParameter("team", str, description="a team's slug"), OpenApiParameter("q", str)],
        responses=PolicyOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = _ROWS
        if team := self.text("team"):
            rows = rows.filter(team__slug=team)
        if words := self.text("q"):
            rows = rows.filter(name__icontains=words) | rows.filter(description__icontains=words)
        return self.page(rows, policy_json, ordering="slug")

    @extend_schema(summary="Make an escalation policy", request=PolicyIn, responses={201: PolicyOut})
    def post(self, request: Request) -> Response:
        given = self.read(PolicyIn)
        return self.post_once(request, lambda: self._make(given))

    def _make(self, given: dict[str, Any]) -> Response:
        given["levels"] = read_levels(given["levels"])
        policy = policies.make_policy(by=self.by, **given)
        where = f"/api/v1/escalation-policies/{policy.slug}"
        return Response(policy_json(_policy(policy.slug)), status=201, headers={"Location": where})


class OnePolicy(Endpoint):
    """One escalation policy."""

    @extend_schema(summary="One escalation policy", responses=PolicyOut)
    def get(self, request: Request, slug: str) -> Response:
        return Response(policy_json(_policy(slug)))

    @extend_schema(
        summary="Change an escalation policy",
        description="What is under way goes on by the policy as it was when it began.",
        request=PolicyIn,
        responses=PolicyOut,
    )
    def patch(self, request: Request, slug: str) -> Response:
        given = self.read(PolicyIn, partial=True)
        if "levels" in given:
            given["levels"] = read_levels(given["levels"])
        policies.change_policy(slug=slug, by=self.by, **given)
        return Response(policy_json(_policy(slug)))

    @extend_schema(summary="Take an escalation policy out of use", responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        policies.archive_policy(slug=slug, by=self.by)
        return Response(status=204)


class Simulate(Endpoint):
    """Who would be paged when."""

    @extend_schema(
        summary="Who would be paged when, if nobody answered",
        parameters=[OpenApiParameter("at", str, description="an instant, as in 2026-03-28T20:00Z; now when left out")],
        responses=SimulationOut,
    )
    def get(self, request: Request, slug: str) -> Response:
        text = self.text("at").replace(" ", "+")
        at = datetime_of(read_instant(text, "at")) if text else clock.now().replace(microsecond=0)
        return Response(simulation_json(_policy(slug), at))
