from chatops.models.heard import Heard
from chatops.models.room import Announcement, Room, RoomStep

__all__ = ["Announcement", "Heard", "Room", "RoomStep"]
