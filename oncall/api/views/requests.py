"""Requests about shifts: asking, taking, declining, taking back."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import Endpoint
from common.errors import Invalid, NotFound
from oncall import swap_queries
from oncall.api import naming
from oncall.api.request_shapes import EffectOut, RequestIn, RequestOut
from oncall.models import ShiftRequest
from oncall.operations import swaps
from oncall.shift_refs import read_ref

_STATUS = OpenApiParameter("status", str, description="open, taken, declined, withdrawn or expired; all when left out")


def _one(pk: int) -> ShiftRequest:
    found = swap_queries.requests().filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no request {pk}.", field="request")
    return found


class ShiftRequests(Endpoint):
    """Requests of every schedule."""

    @extend_schema(
        summary="Requests about shifts",
        parameters=[_STATUS, OpenApiParameter("schedule", str, description="a schedule's slug")],
        responses=RequestOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = swap_queries.requests()
        if status := self.word("status", ShiftRequest.STATUSES):
            rows = rows.filter(status=status)
        if slug := self.text("schedule"):
            rows = rows.filter(schedule__slug=slug)
        return self.page(rows, RequestOut, ordering="pk")


class ScheduleRequests(Endpoint):
    """Requests on one schedule."""

    @extend_schema(
        summary="Ask for cover or a swap",
        description="Without `user` anybody may take it; with `user` that person has to say yes.",
        request=RequestIn,
        responses={201: RequestOut},
    )
    def post(self, request: Request, slug: str) -> Response:
        given = self.read(RequestIn)
        return self.post_once(request, lambda: self._ask(slug, given))

    def _ask(self, slug: str, given: dict[str, Any]) -> Response:
        turn = _turn(slug, given.get("shift"), "shift")
        reason, of = given.get("reason", ""), given.get("user")
        if of is None:
            row = swaps.ask_cover(
                slug=slug, turn=turn, starts_at=given.get("from"), ends_at=given.get("to"), reason=reason, by=self.by
            )
        elif turn is None:
            raise Invalid("A swap names the shift.", field="shift")
        else:
            back = _turn(slug, given.get("in_return"), "in_return")
            row = swaps.ask_swap(slug=slug, turn=turn, of=of, in_return=back, reason=reason, by=self.by)
        where = f"/api/v1/shift-requests/{row.pk}"
        return Response(RequestOut(row).data, status=201, headers={"Location": where})


class OneShiftRequest(Endpoint):
    """One request."""

    @extend_schema(summary="One request about shifts", responses=RequestOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(RequestOut(_one(pk)).data)

    @extend_schema(
        summary="Take a request back",
        description="What is still to come of it is the asker's again.",
        responses={200: RequestOut},
    )
    def delete(self, request: Request, pk: int) -> Response:
        return Response(RequestOut(swaps.withdraw_request(number=pk, by=self.by)).data)


class Effect(Endpoint):
    """What a yes would change."""

    @extend_schema(summary="Preview a request", responses=EffectOut)
    def get(self, request: Request, pk: int) -> Response:
        found = swap_queries.effect(_one(pk), self.user)
        return Response({**naming.difference_json(found.comparison), "warnings": found.warnings})


class Take(Endpoint):
    """Saying yes."""

    @extend_schema(summary="Take a shift", request=None, responses=RequestOut)
    def post(self, request: Request, pk: int) -> Response:
        return self.post_once(request, lambda: self._said(pk))

    def _said(self, pk: int) -> Response:
        return Response(RequestOut(swaps.take_request(number=pk, by=self.by)).data)


class Decline(Take):
    """Saying no."""

    @extend_schema(summary="Decline a swap", request=None, responses=RequestOut)
    def post(self, request: Request, pk: int) -> Response:
        return self.post_once(request, lambda: self._said(pk))

    def _said(self, pk: int) -> Response:
        return Response(RequestOut(swaps.decline_request(number=pk, by=self.by)).data)


def _turn(slug: str, ref: str | None, field: str) -> swaps.Turn | None:
    """The turn that a name of a shift means, on this schedule."""
    if not ref:
        return None
    schedule, layer, turn = read_ref(ref, field)
    if schedule.slug != slug:
        raise Invalid("This is a shift of another schedule.", field=field)
    return layer, turn
