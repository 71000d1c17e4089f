// Pages that stay fresh: every few seconds the page is asked for anew and the parts that differ are exchanged.
// <div data-live="/address"> holds parts with data-live-part="name"; [data-live-dot] says how it goes.

import { refresh } from "./times.js";

const EVERY = 8000;
const root = document.querySelector("[data-live]");
const dot = document.querySelector("[data-live-dot]");
const LOOKS = { live: ["tone-good", false], reconnecting: ["tone-warn", true], paused: ["tone-neutral", true] };

function say(word) {
  if (!dot) return;
  const [tone, hollow] = LOOKS[word];
  dot.className = `dot ${tone}${hollow ? " dot--hollow" : ""} needs-script`;
  if (dot.textContent !== word) dot.textContent = word;
}

/** What a part says, without tokens and ages, which differ each time. */
function content(part) {
  const copy = part.cloneNode(true);
  for (const token of copy.querySelectorAll("[name=csrfmiddlewaretoken]")) token.remove();
  for (const time of copy.querySelectorAll("time, .card__age")) time.replaceChildren();
  for (const time of copy.querySelectorAll("time")) time.removeAttribute("title");
  return copy.innerHTML;
}

async function look() {
  if (document.hidden || document.querySelector("dialog[open]")) return;
  const answer = await fetch(root.dataset.live, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) {
    say("reconnecting");
    return;
  }
  if (answer.redirected) {
    location.reload();
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of page.querySelectorAll("[data-live-part]")) {
    const shown = root.querySelector(`[data-live-part="${CSS.escape(part.dataset.livePart)}"]`);
    // Nothing moves under the hand: a part with the focus in it waits.
    if (!shown || shown.contains(document.activeElement) || content(shown) === content(part)) continue;
    shown.replaceChildren(...document.adoptNode(part).childNodes);
    refresh(shown);
  }
  say("live");
}

if (root) {
  say("live");
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", () => {
    say(document.hidden ? "paused" : "live");
    look();
  });
  addEventListener("online", look);
}
