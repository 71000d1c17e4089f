"""How I am reached: contact methods and rules, one's own only."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import Empty, Endpoint
from accounts.models import User
from common.errors import NotFound
from oncall.api.contact_shapes import CodeIn, ContactIn, ContactOut, ContactRemoved, ContactSeen, RuleIn, RuleOut
from oncall.models import ContactMethod, NotificationRule, Urgency
from oncall.operations import contacts, reaching


class _Mine(Endpoint):
    def method(self, pk: int) -> ContactMethod:
        """One of one's own.

        :raises NotFound: gone, or somebody else's.
        """
        found = reaching.methods_of(self.user).filter(pk=pk).first()
        if found is None:
            raise NotFound("There is no such contact method.")
        return found


class MyContactMethods(_Mine):
    """How I am reached."""

    @extend_schema(summary="My contact methods", responses=ContactOut(many=True))
    def get(self, request: Request) -> Response:
        return self.page(reaching.methods_of(self.user), ContactOut, ordering="pk")

    @extend_schema(
        summary="Add a contact method",
        description="A code of six digits is sent there. It is used once the code is entered.",
        request=ContactIn,
        responses={201: ContactOut},
    )
    def post(self, request: Request) -> Response:
        given = self.read(ContactIn)
        return self.post_once_outside(request, lambda: self._add(given))

    def _add(self, given: dict[str, str]) -> Response:
        method = contacts.add_method(**given, by=self.by)
        contacts.send_code(method=method, by=self.by)
        return Response(ContactOut(method).data, status=201)


class MyContactMethod(_Mine):
    """One of them."""

    @extend_schema(summary="One contact method", responses=ContactOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ContactOut(self.method(pk)).data)

    @extend_schema(
        summary="Remove a contact method",
        description="The rules that use it go with it. The answer says what is not reached any more.",
        responses={200: ContactRemoved},
    )
    def delete(self, request: Request, pk: int) -> Response:
        return Response({"lost": contacts.remove_method(method=self.method(pk), by=self.by)})


class ContactCode(_Mine):
    """A new code."""

    @extend_schema(summary="Send a new code", request=None, responses=ContactOut)
    def post(self, request: Request, pk: int) -> Response:
        self.read(Empty)
        return self.post_once_outside(request, lambda: self._send(pk))

    def _send(self, pk: int) -> Response:
        return Response(ContactOut(contacts.send_code(method=self.method(pk), by=self.by)).data)


class ContactVerify(_Mine):
    """The code that came."""

    @extend_schema(summary="Enter the code", request=CodeIn, responses=ContactOut)
    def post(self, request: Request, pk: int) -> Response:
        given = self.read(CodeIn)
        return self.post_once_outside(request, lambda: self._verify(pk, given["code"]))

    def _verify(self, pk: int, code: str) -> Response:
        return Response(ContactOut(contacts.verify_method(method=self.method(pk), code=code, by=self.by)).data)


class ContactTest(_Mine):
    """Does it arrive?"""

    @extend_schema(summary="Send a test", request=None, responses=ContactOut)
    def post(self, request: Request, pk: int) -> Response:
        self.read(Empty)
        return self.post_once_outside(request, lambda: self._test(pk))

    def _test(self, pk: int) -> Response:
        return Response(ContactOut(contacts.test_method(method=self.method(pk), by=self.by)).data)


class MyRules(_Mine):
    """When which method is used."""

    @extend_schema(
        summary="My notification rules",
        parameters=[OpenApiParameter("urgency", str, enum=Urgency.values)],
        responses=RuleOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = NotificationRule.objects.filter(user=self.user).select_related("method")
        if urgency := self.word("urgency", Urgency.values):
            rows = rows.filter(urgency=urgency)
        return self.page(rows, RuleOut, ordering=("delay_minutes", "pk"))

    @extend_schema(summary="Add a notification rule", request=RuleIn, responses={201: RuleOut})
    def post(self, request: Request) -> Response:
        given = self.read(RuleIn)
        return self.post_once(request, lambda: self._add(**given))

    def _add(self, method: int, urgency: str, delay_minutes: int) -> Response:
        rule = contacts.add_rule(method=self.method(method), urgency=urgency, minutes=delay_minutes, by=self.by)
        return Response(RuleOut(rule).data, status=201)


class MyRule(_Mine):
    """One rule."""

    @extend_schema(summary="Remove a notification rule", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        rule = NotificationRule.objects.filter(pk=pk, user=self.user).first()
        if rule is None:
            raise NotFound("There is no such rule.")
        contacts.remove_rule(rule=rule, by=self.by)
        return Response(status=204)


class ContactsOf(Endpoint):
    """How somebody is reached, for administrators: kinds, and no address."""

    read_scope = "admin"
    admin_reads = True

    @extend_schema(
        summary="How a person is reached",
        description="Kinds, and whether they are verified. Addresses are the person's own.",
        responses=ContactSeen(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        user = get_object_or_404(User, pk=pk)
        return self.page(reaching.methods_of(user), ContactSeen, ordering="pk")
