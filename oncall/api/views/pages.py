"""Pages: who was asked, what became of it on each channel, and answering."""

from collections.abc import Callable
from datetime import timedelta

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import Empty, Endpoint
from oncall.api.paging_json import pages_json
from oncall.api.paging_shapes import PageOut, SnoozeIn
from oncall.models import Page
from oncall.operations.paging import acknowledge, pass_on, snooze
from oncall.proof import find_page, pages_for

_WORDS = [word for word, _ in Page.STATUSES]


class Pages(Endpoint):
    """Pages that the caller may know of."""

    @extend_schema(
        summary="Pages",
        parameters=[
            OpenApiParameter("mine", bool, description="those that ask me"),
            OpenApiParameter("status", str, enum=_WORDS),
            OpenApiParameter("incident", int, description="about this incident"),
        ],
        responses=PageOut(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = pages_for(self.user)
        if (mine := self.switch("mine")) is not None:
            rows = rows.filter(user=self.user) if mine else rows.exclude(user=self.user)
        if status := self.word("status", _WORDS):
            rows = rows.filter(status=status)
        if (number := self.number("incident")) is not None:
            rows = rows.filter(subject_kind="incident", subject_id=number)
        answer = self.page(rows, lambda row: row, ordering="-pk")
        answer.data["results"] = pages_json(answer.data["results"], self.user)
        return answer


class _Shows(Endpoint):
    def show(self, pk: int) -> Response:
        """Answer the page as it is now."""
        return Response(pages_json([find_page(pk, self.by)], self.user)[0])


class OnePage(_Shows):
    """One page."""

    @extend_schema(summary="One page, with each try to send it", responses=PageOut)
    def get(self, request: Request, pk: int) -> Response:
        return self.show(pk)


class _Answer(_Shows):
    def answer(self, request: Request, pk: int, do: Callable[[Page], object]) -> Response:
        """Do it once and answer the page."""

        def once() -> Response:
            do(find_page(pk, self.by))
            return self.show(pk)

        return self.post_once(request, once)


class Acknowledge(_Answer):
    """“I've got it.”"""

    @extend_schema(
        summary="Acknowledge a page: nobody else is asked any more",
        description="Answered already: nothing changes, and the page says by whom.",
        request=Empty,
        responses=PageOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        self.read(Empty)
        return self.answer(request, pk, lambda page: acknowledge(page=page, by=self.by))


class PassOn(_Answer):
    """“Not me.”"""

    @extend_schema(summary="Pass a page of mine on: the next level is asked", request=Empty, responses=PageOut)
    def post(self, request: Request, pk: int) -> Response:
        self.read(Empty)
        return self.answer(request, pk, lambda page: pass_on(page=page, by=self.by))


class Snooze(_Answer):
    """“Five more minutes.”"""

    @extend_schema(summary="Put a page of mine off, once", request=SnoozeIn, responses=PageOut)
    def post(self, request: Request, pk: int) -> Response:
        length = timedelta(minutes=self.read(SnoozeIn)["minutes"])
        return self.answer(request, pk, lambda page: snooze(page=page, by=self.by, length=length))
