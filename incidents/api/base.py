"""What the endpoints of one incident share."""

from collections.abc import Callable
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.endpoint import Endpoint
from accounts.api.fields import Input
from common.errors import NotFound
from incidents.api.shapes import IncidentOut
from incidents.models import Incident, TimelineEvent
from incidents.queries import find_incident, incidents_for, readable_events, versions_of
from incidents.timeline.frames import event_json


class IncidentEndpoint(Endpoint):
    """An endpoint under /incidents/{number}."""

    def incident(self, number: int) -> Incident:
        """Return the incident.

        :raises NotFound: it does not exist or the caller must not learn that it does.
        """
        return find_incident(number, self.by)

    def show(self, number: int) -> Any:
        """The incident's JSON as it stands now, in three queries."""
        self.incident(number)
        return IncidentOut(incidents_for(self.by.user).get(pk=number)).data

    def item(self, number: int, sequence: int) -> Response:
        """Answer one timeline item.

        :raises NotFound: there is none with this number, or it is itself a change of another.
        """
        event = readable_events(self.incident(number)).filter(sequence=sequence).first()
        if event is None:
            raise NotFound(f"There is no line {sequence} in #{number}.", field="sequence")
        return Response(item_json(event))

    def act(self, request: Request, number: int, form: type[Input], do: Callable[[dict[str, Any]], object]) -> Response:
        """Read the body, do it once, answer the incident."""
        given = self.read(form)

        def once() -> Response:
            do(given)
            return Response(self.show(number))

        return self.post_once(request, once)


def item_json(event: TimelineEvent) -> dict[str, Any]:
    """One timeline item with its former versions."""
    return event_json(event, versions_of([event]).get(event.pk))
