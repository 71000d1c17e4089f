from chatops.models.forms import OpenForm
from chatops.models.heard import Heard
from chatops.models.home import Home, HomesRound
from chatops.models.room import Announcement, Room, RoomStep
from chatops.models.telling import Telling
from chatops.models.whisper import Whisper

__all__ = [
    "Announcement",
    "Heard",
    "Home",
    "HomesRound",
    "OpenForm",
    "Room",
    "RoomStep",
    "Telling",
    "Whisper",
]
