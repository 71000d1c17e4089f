// Header, Now / Doing / Need and side panel: drawn by the server, exchanged when something changed.

import { rest } from "../dialogs.js";
import { refresh as refreshTimes } from "../times.js";

const WAIT = 250;
const AWAITED = 2000;
const LOOKS = {
  live: ["tone-good", false],
  reconnecting: ["tone-warn", true],
  paused: ["tone-neutral", true],
};
const TOKEN = "csrfmiddlewaretoken";

/** What a part says, without the tokens that differ each time. */
function content(part) {
  const copy = part.cloneNode(true);
  for (const token of copy.querySelectorAll(`[name=${TOKEN}]`)) token.remove();
  return copy.innerHTML;
}

/** How to find the focused element again in a part that was drawn anew. */
function trace(element) {
  if (!element || element.matches("[data-part]")) return "";
  if (element.matches("a[href]")) return `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
  const action = element.closest("form")?.getAttribute("action");
  return action ? `form[action="${CSS.escape(action)}"] button` : element.tagName.toLowerCase();
}

/** Set up the parts of room `number`. */
export function setUpParts(room, number) {
  let timer = 0;
  let word = "";
  let people = [];
  let typingTimer = 0;

  async function exchange() {
    timer = 0;
    const answer = await fetch(`/incidents/${number}/parts`, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    for (const part of holder.content.querySelectorAll("[data-part]")) {
      const shown = room.querySelector(`[data-part="${part.dataset.part}"]`);
      if (shown && content(shown) !== content(part)) swap(shown, part);
    }
    live(word);
    presence(people);
    keepLooking();
  }

  /** Something is under way that leaves no line: look again while it is. */
  function keepLooking() {
    if (room.querySelector("[data-part] [data-awaited]")) setTimeout(refresh, AWAITED);
  }

  /** Only the inside is exchanged, so an open sheet stays open; focus and open menus stay too. */
  function swap(shown, part) {
    const menu = shown.querySelector("details[open]");
    if (menu) {
      menu.addEventListener("toggle", refresh, { once: true });
      return;
    }
    const had = shown.contains(document.activeElement) ? trace(document.activeElement) : null;
    shown.replaceChildren(...part.childNodes);
    refreshTimes(shown);
    if (had === null) return;
    const seen = (found) => [...shown.querySelectorAll(found)].find((element) => element.getClientRects().length);
    const again = (had && seen(had)) || seen("a[href], button, summary");
    if (again) again.focus({ preventScroll: true });
    else rest();
  }

  function live(next) {
    word = next;
    const dot = document.getElementById("live");
    if (!dot || !word) return;
    const [tone, hollow] = LOOKS[word] ?? LOOKS.paused;
    dot.className = `dot ${tone}${hollow ? " dot--hollow" : ""} needs-script`;
    if (dot.textContent !== word) dot.textContent = word;
  }

  function presence(found) {
    people = found;
    const place = document.getElementById("presence");
    if (place && !typingTimer) place.textContent = people.length ? `Here now: ${people.map((person) => person.name).join(", ")}` : "";
  }

  function refresh() {
    if (!timer) timer = setTimeout(exchange, WAIT);
  }

  keepLooking();

  return {
    live,
    presence,
    refresh,
    typing(name) {
      const place = document.getElementById("presence");
      if (!place) return;
      place.textContent = `${name} is writing…`;
      clearTimeout(typingTimer);
      typingTimer = setTimeout(() => {
        typingTimer = 0;
        presence(people);
      }, 4000);
    },
  };
}
