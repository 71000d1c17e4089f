from connections.models.connection import Connection
from connections.models.delivery import Attempt, Delivery, Lane
from connections.models.housekeeping import Housekeeping
from connections.models.received import Received
from connections.models.restore import Restore

__all__ = ["Attempt", "Connection", "Delivery", "Housekeeping", "Lane", "Received", "Restore"]
