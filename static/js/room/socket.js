// The live connection: a socket, and every five seconds a question when there is none. Each event counts up
// by one, so a gap shows and is fetched.

const RETRY = [500, 1000, 2000, 4000, 8000];
const ASK_EVERY = 5000;
const SILENT = 45000;

/** Open room `number` after sequence `head`. Handlers: frames, presence, typing, state. */
export function openSocket(number, head, handlers) {
  let last = head;
  let socket = null;
  let tries = 0;
  let heard = Date.now();
  let asking = false;

  function take(frames) {
    const fresh = frames.filter((frame) => frame.sequence > last).sort((a, b) => a.sequence - b.sequence);
    const next = [];
    for (const frame of fresh) {
      if (frame.sequence !== last + 1) {
        ask();
        break;
      }
      last = frame.sequence;
      next.push(frame);
    }
    if (next.length) {
      handlers.frames(next);
      // Somebody may have been paged just now: whoever shows that looks at once.
      document.dispatchEvent(new Event("warroom:news"));
    }
  }

  async function ask() {
    if (asking) return;
    asking = true;
    try {
      for (;;) {
        const answer = await fetch(`/incidents/${number}/frames?after=${last}`, { headers: { Accept: "application/json" } });
        if (answer.status === 401 || answer.status === 404) {
          location.reload();
          return;
        }
        if (!answer.ok) return;
        const body = await answer.json();
        const before = last;
        for (const frame of body.frames) if (frame.sequence === last + 1) last = frame.sequence;
        const next = body.frames.filter((frame) => frame.sequence > before && frame.sequence <= last);
        if (next.length) handlers.frames(next);
        if (last >= body.head || !next.length) return;
      }
    } catch {
      // No connection: the next turn asks again.
    } finally {
      asking = false;
    }
  }

  function connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/ws/incidents/${number}?after=${last}`);
    socket.addEventListener("open", () => {
      tries = 0;
      heard = Date.now();
      handlers.state("live");
    });
    socket.addEventListener("message", (event) => {
      heard = Date.now();
      const frame = JSON.parse(event.data);
      if (frame.sequence) take([frame]);
      else if (frame.type === "presence") handlers.presence(frame.people);
      else if (frame.type === "typing") handlers.typing(frame.name);
    });
    socket.addEventListener("close", (event) => {
      socket = null;
      if (event.code === 4404) {
        location.reload();
        return;
      }
      handlers.state("reconnecting");
      setTimeout(connect, RETRY[Math.min(tries++, RETRY.length - 1)] * (0.8 + Math.random() * 0.4));
    });
  }

  setInterval(() => {
    if (socket?.readyState === WebSocket.OPEN) {
      if (Date.now() - heard > SILENT) socket.close();
      else if (Date.now() - heard > 20000) socket.send('{"type":"ping"}');
    } else {
      ask();
    }
  }, ASK_EVERY);
  addEventListener("online", () => ask());
  connect();

  return {
    ask,
    typing() {
      if (socket?.readyState === WebSocket.OPEN) socket.send('{"type":"typing"}');
    },
  };
}
