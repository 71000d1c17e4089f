"""Roles and members."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import Empty
from accounts.api.fields import find_person
from accounts.models import User
from common.errors import Invalid, NotFound
from incidents.api import shapes, work_shapes
from incidents.api.base import IncidentEndpoint
from incidents.models import Member, RoleAssignment
from incidents.operations import people


class Roles(IncidentEndpoint):
    """Who is what."""

    @extend_schema(summary="Roles held now", responses=shapes.RoleHeld(many=True))
    def get(self, request: Request, number: int) -> Response:
        rows = RoleAssignment.objects.filter(incident=self.incident(number), ended_at__isnull=True)
        return self.page(rows.select_related("user"), shapes.RoleHeld, ordering="pk")

    @extend_schema(
        summary="Give a person a role; a single role is handed over",
        request=work_shapes.RoleIn,
        responses={201: shapes.RoleHeld},
    )
    def post(self, request: Request, number: int) -> Response:
        given = self.read(work_shapes.RoleIn)
        return self.post_once(request, lambda: self._assign(number, given))

    def _assign(self, number: int, given: dict[str, Any]) -> Response:
        people.assign_role(number=number, by=self.by, **given)
        held = RoleAssignment.objects.select_related("user").get(
            incident_id=number,
            role=people.role_name(given["role"]),
            user=given["user"],
            ended_at__isnull=True,
        )
        return Response(shapes.RoleHeld(held).data, status=201)


class OneRole(IncidentEndpoint):
    @extend_schema(
        summary="End a role",
        parameters=[OpenApiParameter("user", str, description="only this person's: id, @handle or e-mail")],
        responses={204: None},
    )
    def delete(self, request: Request, number: int, role: str) -> Response:
        self.incident(number)
        ref = self.text("user")
        user = _person(ref) if ref else None
        people.drop_role(number=number, role=role, by=self.by, user=user)
        return Response(status=204)


class Members(IncidentEndpoint):
    """Who is in the room."""

    @extend_schema(summary="People in the room", responses=work_shapes.MemberOut(many=True))
    def get(self, request: Request, number: int) -> Response:
        rows = Member.objects.filter(incident=self.incident(number), left_at__isnull=True)
        return self.page(rows.select_related("user"), work_shapes.MemberOut, ordering="pk")

    @extend_schema(
        summary="Bring a person in; in a private incident this lets them see it",
        request=work_shapes.MemberIn,
        responses={201: work_shapes.MemberOut},
    )
    def post(self, request: Request, number: int) -> Response:
        given = self.read(work_shapes.MemberIn)
        return self.post_once(request, lambda: self._invite(number, given["user"]))

    def _invite(self, number: int, user: User) -> Response:
        people.invite(number=number, user=user, by=self.by)
        member = Member.objects.select_related("user").get(incident_id=number, user=user)
        return Response(work_shapes.MemberOut(member).data, status=201)


class OneMember(IncidentEndpoint):
    @extend_schema(
        summary="Take a person out; their roles end",
        parameters=[OpenApiParameter("user", str, OpenApiParameter.PATH, description="id or handle")],
        responses={204: None},
    )
    def delete(self, request: Request, number: int, user: str) -> Response:
        self.incident(number)
        people.remove_member(number=number, user=_person(user, field="user"), by=self.by)
        return Response(status=204)


class Join(IncidentEndpoint):
    @extend_schema(summary="Come into the room", request=None, responses=shapes.IncidentOut)
    def post(self, request: Request, number: int) -> Response:
        return self.act(request, number, Empty, lambda given: people.join(number=number, by=self.by))


class Leave(IncidentEndpoint):
    @extend_schema(summary="Go out of the room", request=None, responses={204: None})
    def post(self, request: Request, number: int) -> Response:
        self.read(Empty)

        def once() -> Response:
            people.leave(number=number, by=self.by)
            return Response(status=204)

        return self.post_once(request, once)


class Watch(IncidentEndpoint):
    @extend_schema(summary="Follow it, or stop", request=work_shapes.WatchIn, responses=work_shapes.MemberOut)
    def post(self, request: Request, number: int) -> Response:
        given = self.read(work_shapes.WatchIn)

        def once() -> Response:
            people.watch(number=number, by=self.by, on=given["on"])
            member = Member.objects.select_related("user").get(incident_id=number, user=self.user)
            return Response(work_shapes.MemberOut(member).data)

        return self.post_once(request, once)


def _person(ref: str, field: str = "user") -> User:
    found = find_person(ref)
    if found is None:
        if field == "user" and not ref.strip("@ "):
            raise Invalid("Name a person by id, @handle or e-mail.", field=field)
        raise NotFound(f"There is no person “{ref[:80]}”.", field=field)
    return found
