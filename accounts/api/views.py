"""People, teams, tokens and oneself."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import operations
from accounts.api import serializers as shapes
from accounts.api.endpoint import Empty, Endpoint
from accounts.models import Role, Team, Token, User
from common import clock
from common.errors import Invalid

_DETAILED = User.objects.prefetch_related("teams")
_TEAMS = Team.objects.prefetch_related("members")


class MeView(Endpoint):
    """Who is asking."""

    @extend_schema(summary="Who am I", responses=shapes.Me, operation_id="me")
    def get(self, request: Request) -> Response:
        user: Any = get_object_or_404(_DETAILED, pk=self.user.pk)
        user.token = request.auth if isinstance(request.auth, Token) else None
        return Response(shapes.Me(user).data)

    @extend_schema(
        summary="Change my name, time zone and looks",
        request=shapes.MeIn,
        responses=shapes.Me,
        operation_id="me_change",
    )
    def patch(self, request: Request) -> Response:
        given = self.read(shapes.MeIn, partial=True)
        if not given:
            raise Invalid(f"Give at least one of {', '.join(operations.PROFILE)}.", field="body")
        operations.change_profile(user=self.user, values=given, by=self.by)
        return self.get(request)


class Users(Endpoint):
    """Everybody with an account."""

    write_scope = "admin"
    admin_writes = True
    answers_secret = True

    @extend_schema(
        summary="People",
        parameters=[
            OpenApiParameter("q", str, description="part of a name, handle or e-mail address"),
            OpenApiParameter("role", str, enum=shapes.ROLES),
            OpenApiParameter("active", bool),
        ],
        responses=shapes.UserOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = _DETAILED
        if role := self.word("role", Role.values):
            rows = rows.filter(role=role)
        if (active := self.switch("active")) is not None:
            rows = rows.filter(is_active=active)
        if text := self.text("q"):
            rows = (
                rows.filter(name__icontains=text)
                | rows.filter(handle__icontains=text)
                | rows.filter(email__icontains=text)
            )
        return self.page(rows, shapes.UserOut, ordering="pk")

    @extend_schema(summary="Invite somebody", request=shapes.InviteIn, responses={201: shapes.Invited})
    def post(self, request: Request) -> Response:
        given = self.read(shapes.InviteIn)
        return self.post_once(request, lambda: self._invite(given))

    def _invite(self, given: dict[str, Any]) -> Response:
        if User.objects.filter(email__iexact=given["email"]).exists():
            raise Invalid("There is somebody with this address already.", field="email")
        link = operations.invite_person(by=self.by, **given)
        user: Any = _DETAILED.get(email__iexact=given["email"])
        user.link = link
        return Response(shapes.Invited(user).data, status=201, headers={"Location": f"/api/v1/users/{user.pk}"})


class OneUser(Endpoint):
    """One person."""

    write_scope = "admin"
    admin_writes = True

    @extend_schema(summary="One person", responses=shapes.UserOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.UserOut(get_object_or_404(_DETAILED, pk=pk)).data)

    @extend_schema(summary="Change a person's role", request=shapes.UserIn, responses=shapes.UserOut)
    def patch(self, request: Request, pk: int) -> Response:
        given = self.read(shapes.UserIn)
        user = get_object_or_404(User, pk=pk)
        operations.set_role(user=user, role=given["role"], by=self.by)
        return self.get(request, pk)


class DeactivateUser(Endpoint):
    """A person leaves."""

    write_scope = "admin"
    admin_writes = True

    @extend_schema(summary="Deactivate: roles are handed back, tokens end", request=None, responses=shapes.UserOut)
    def post(self, request: Request, pk: int) -> Response:
        self.read(Empty)
        return self.post_once(request, lambda: self._leave(pk))

    def _leave(self, pk: int) -> Response:
        operations.deactivate_person(user=get_object_or_404(User, pk=pk), by=self.by)
        return Response(shapes.UserOut(_DETAILED.get(pk=pk)).data)


class ReactivateUser(Endpoint):
    """A person comes back."""

    write_scope = "admin"
    admin_writes = True
    answers_secret = True

    @extend_schema(
        summary="Reactivate: the role is as it was, the answer has a link to set a new password",
        request=None,
        responses=shapes.Invited,
    )
    def post(self, request: Request, pk: int) -> Response:
        self.read(Empty)
        return self.post_once(request, lambda: self._return(pk))

    def _return(self, pk: int) -> Response:
        link = operations.reactivate_person(user=get_object_or_404(User, pk=pk), by=self.by)
        user: Any = _DETAILED.get(pk=pk)
        user.link = link
        return Response(shapes.Invited(user).data)


class UserLink(Endpoint):
    """A one-time link for somebody who can't sign in."""

    write_scope = "admin"
    admin_writes = True
    answers_secret = True

    @extend_schema(summary="Make a one-time link to set a password", request=None, responses={201: shapes.Link})
    def post(self, request: Request, pk: int) -> Response:
        self.read(Empty)
        return self.post_once(request, lambda: self._link(pk))

    def _link(self, pk: int) -> Response:
        link = operations.hand_out_link(user=get_object_or_404(User, pk=pk), by=self.by)
        return Response({"link": link}, status=201)


class Teams(Endpoint):
    """Groups of people who own services together."""

    write_scope = "admin"
    admin_writes = True

    @extend_schema(summary="Teams", responses=shapes.TeamOut(many=True))
    def get(self, request: Request) -> Response:
        return self.page(_TEAMS, shapes.TeamOut, ordering="pk")

    @extend_schema(summary="Make a team", request=shapes.TeamIn, responses={201: shapes.TeamOut})
    def post(self, request: Request) -> Response:
        given = self.read(shapes.TeamIn)
        return self.post_once(request, lambda: self._make(given))

    def _make(self, given: dict[str, Any]) -> Response:
        team = operations.make_team(by=self.by, **given)
        return Response(shapes.TeamOut(team).data, status=201, headers={"Location": f"/api/v1/teams/{team.slug}"})


class OneTeam(Endpoint):
    """One team."""

    write_scope = "admin"
    admin_writes = True

    @extend_schema(summary="One team", responses=shapes.TeamOut)
    def get(self, request: Request, slug: str) -> Response:
        return Response(shapes.TeamOut(get_object_or_404(_TEAMS, slug=slug)).data)

    @extend_schema(summary="Rename a team, set its members", request=shapes.TeamIn, responses=shapes.TeamOut)
    def patch(self, request: Request, slug: str) -> Response:
        given = self.read(shapes.TeamIn, partial=True)
        operations.change_team(team=get_object_or_404(Team, slug=slug), by=self.by, **given)
        return self.get(request, slug)


class Tokens(Endpoint):
    """One's own tokens. Making one takes the browser, or a token that may do everything."""

    write_scope = "all"
    answers_secret = True

    @extend_schema(summary="My tokens", responses=shapes.TokenOut(many=True))
    def get(self, request: Request) -> Response:
        return self.page(Token.objects.filter(user=self.user), shapes.TokenOut)

    @extend_schema(summary="Make a token", request=shapes.TokenIn, responses={201: shapes.TokenMade})
    def post(self, request: Request) -> Response:
        given = self.read(shapes.TokenIn)
        return self.post_once(request, lambda: self._make(given))

    def _make(self, given: dict[str, Any]) -> Response:
        made: Any
        made, secret = operations.make_token(user=self.user, by=self.by, **given)
        parent = self.request.auth
        ends = parent.expires_at if isinstance(parent, Token) else None
        if ends is not None and (made.expires_at is None or made.expires_at > ends):
            days = (ends - clock.now()).days
            raise Invalid(f"A token can't outlive the one that makes it ({days} days left).", field="days")
        made.secret = secret
        return Response(shapes.TokenMade(made).data, status=201, headers={"Location": f"/api/v1/tokens/{made.pk}"})


class OneToken(Endpoint):
    """One of one's own tokens. Any token may end itself."""

    @property
    def scope(self) -> str:
        asking = self.request.auth
        if isinstance(asking, Token) and asking.pk == self.kwargs.get("pk"):
            return str(asking.scopes[0])
        return super().scope

    write_scope = "all"

    @extend_schema(summary="One of my tokens", responses=shapes.TokenOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(shapes.TokenOut(get_object_or_404(Token, pk=pk, user=self.user)).data)

    @extend_schema(summary="Revoke a token", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        operations.revoke_token(token=get_object_or_404(Token, pk=pk, user=self.user), by=self.by)
        return Response(status=204)
