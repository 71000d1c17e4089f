// The war room: what others say appears, what you say is sent once, gaps are fetched, nothing typed is lost.

import { openSocket } from "./room/socket.js";
import { setUpLog } from "./room/log.js";
import { setUpComposer } from "./room/composer.js";
import { setUpParts } from "./room/parts.js";
import { setUpPages } from "./room/pages.js";

const room = document.querySelector("[data-room]");
if (room) {
  const number = Number(room.dataset.room);
  const isPast = Boolean(room.dataset.past);
  const pages = setUpPages(room);
  const parts = setUpParts(room, number);
  const log = setUpLog(room, number, { isPast, pages });
  const socket = isPast
    ? null
    : openSocket(number, Number(room.dataset.head), {
        frames(frames) {
          log.add(frames);
          if (frames.some((frame) => frame.family !== "message" && frame.family !== "change")) parts.refresh();
        },
        presence: (people) => parts.presence(people),
        typing: (name) => parts.typing(name),
        state: (word) => parts.live(word),
      });
  if (isPast) parts.live("paused");
  pages.onDone(() => {
    parts.refresh();
    socket?.ask();
  });
  setUpComposer(room, number, { log, socket });
}
