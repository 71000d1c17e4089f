"""What to do with a stored PagerDuty webhook."""

from alerts.operations.signals import take_signal
from common import clock
from connections.intake import Outcome
from connections.models import Connection, Received
from integrations.pagerduty.reading import words
from integrations.pagerduty.source import PING, read_event, to_signal


def handle(received: Received) -> Outcome:
    """Translate and take it; a ping shows on the connection's page.

    :raises connections.intake.Unreadable: genuine, but not understood.
    """
    event = read_event(received.body)
    if event["event_type"] == PING:
        Connection.objects.filter(pk=received.connection_id).update(last_ping_at=clock.now())
        return Outcome("done", "Ping received: the webhook works.")
    signal = to_signal(event)
    if signal is None:
        return Outcome("ignored", f"{words(event, 'event_type', 60)} concerns no incident.")
    alert = take_signal(connection=received.connection, signal=signal, received=received)
    number = alert.outcome.rpartition("#")[2] if "#" in alert.outcome else ""
    return Outcome("done", alert.outcome, incident=int(number) if number.isdecimal() else None)
