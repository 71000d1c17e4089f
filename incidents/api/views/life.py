"""Moving an incident through its life."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api import shapes
from incidents.api.base import IncidentEndpoint
from incidents.operations import facts, lifecycle

_OUT = shapes.IncidentOut


class ChangeStatus(IncidentEndpoint):
    @extend_schema(summary="Move to another status", request=shapes.StatusIn, responses=_OUT)
    def post(self, request: Request, number: int) -> Response:
        return self.act(
            request,
            number,
            shapes.StatusIn,
            lambda given: lifecycle.change_status(number=number, by=self.by, **given),
        )


class ChangeSeverity(IncidentEndpoint):
    @extend_schema(summary="Say how bad it is", request=shapes.SeverityChangeIn, responses=_OUT)
    def post(self, request: Request, number: int) -> Response:
        return self.act(
            request,
            number,
            shapes.SeverityChangeIn,
            lambda given: facts.set_severity(number=number, by=self.by, **given),
        )


class Mitigate(IncidentEndpoint):
    @extend_schema(summary="The harm has stopped", request=shapes.MomentIn, responses=_OUT)
    def post(self, request: Request, number: int) -> Response:
        return self.act(
            request, number, shapes.MomentIn, lambda given: lifecycle.mitigate(number=number, by=self.by, **given)
        )


class Resolve(IncidentEndpoint):
    @extend_schema(summary="It is over", request=shapes.MomentIn, responses=_OUT)
    def post(self, request: Request, number: int) -> Response:
        return self.act(
            request,
            number,
            shapes.MomentIn,
            lambda given: lifecycle.resolve_incident(number=number, by=self.by, **given),
        )


class Close(IncidentEndpoint):
    @extend_schema(summary="Put it away", request=shapes.CloseIn, responses=_OUT)
    def post(self, request: Request, number: int) -> Response:
        return self.act(
            request, number, shapes.CloseIn, lambda given: lifecycle.close_incident(number=number, by=self.by, **given)
        )


class Cancel(IncidentEndpoint):
    @extend_schema(summary="It was a false alarm", request=shapes.ReasonIn, responses=_OUT)
    def post(self, request: Request, number: int) -> Response:
        return self.act(
            request,
            number,
            shapes.ReasonIn,
            lambda given: lifecycle.cancel_incident(number=number, by=self.by, **given),
        )


class Reopen(IncidentEndpoint):
    @extend_schema(summary="Take it up again", request=shapes.ReasonIn, responses=_OUT)
    def post(self, request: Request, number: int) -> Response:
        return self.act(
            request,
            number,
            shapes.ReasonIn,
            lambda given: lifecycle.reopen_incident(number=number, by=self.by, **given),
        )


class Merge(IncidentEndpoint):
    @extend_schema(
        summary="Fold it into another; answers this incident, merged", request=shapes.MergeIn, responses=_OUT
    )
    def post(self, request: Request, number: int) -> Response:
        return self.act(
            request,
            number,
            shapes.MergeIn,
            lambda given: lifecycle.merge_incidents(source=number, into=given["into"], by=self.by),
        )
