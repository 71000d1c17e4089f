// What is sent, in order and each item once. It stays in the browser until the server has it; a repeat
// carries the same id and does nothing twice.

import { post } from "../forms.js";
import { avatar } from "../people.js";
import { toast } from "../toasts.js";

const AGAIN = 4000;
const OFFLINE = "waits until you are online";

export const isCommand = (text) => text.startsWith("/") && !text.startsWith("//");

export function newId() {
  return crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random().toString(36).slice(2)}`;
}

/** The queue of room `number`. Handlers: answer(body, item), sent(body), refused(item). */
export function setUpQueue(number, myName, log, handlers) {
  const key = `warroom:queue:${number}`;
  const items = load();
  let sending = false;
  let timer = 0;

  function load() {
    try {
      return JSON.parse(localStorage.getItem(key) ?? "[]");
    } catch {
      return [];
    }
  }

  function keep() {
    try {
      if (items.length) localStorage.setItem(key, JSON.stringify(items));
      else localStorage.removeItem(key);
    } catch {
      // Private windows may refuse storage; sending goes on.
    }
  }

  function draw(item) {
    const line = document.createElement("article");
    line.className = `line line--own line--waiting line--${isCommand(item.text) ? "command" : "message"}`;
    line.dataset.client = item.id;
    const body = document.createElement("div");
    body.className = "line__body";
    const text = Object.assign(document.createElement("div"), { className: "line__text", textContent: item.text || "A file" });
    const mark = Object.assign(document.createElement("span"), { className: "line__mark", textContent: navigator.onLine ? "sending" : OFFLINE });
    body.append(text, mark);
    line.append(Object.assign(document.createElement("span"), { className: "line__time" }), avatar(myName), body);
    log.insert(line);
  }

  const lineOf = (item) => document.querySelector(`.line--waiting[data-client="${CSS.escape(item.id)}"]`);

  function mark(words) {
    for (const place of document.querySelectorAll(".line--waiting .line__mark")) place.textContent = words;
  }

  function later(words) {
    mark(words);
    clearTimeout(timer);
    timer = setTimeout(flush, AGAIN);
  }

  /** Send the first item; true when it is off the queue. */
  async function sendFirst() {
    const item = items[0];
    const answer = await post(`/incidents/${number}/say`, item);
    if (answer.status === 401) {
      later("waits until you sign in again");
      toast("You are signed out. Sign in again; what you wrote is kept.", { kind: "bad" });
      return false;
    }
    if (answer.status >= 500 || answer.status === 429) {
      later("waits for the server");
      return false;
    }
    const body = await answer.json().catch(() => ({ title: `The server refused it (${answer.status}).` }));
    items.shift();
    keep();
    const line = lineOf(item);
    if (!answer.ok) {
      line?.remove();
      toast(`${body.title ?? "It was refused."} ${body.hint ?? ""}`.trim(), { kind: "bad" });
      handlers.refused(item);
    } else if (body.typed !== undefined) {
      line?.remove();
      handlers.answer(body);
    } else {
      if (document.getElementById(`line-${body.sequence}`)) line?.remove();
      handlers.sent(body);
    }
    return true;
  }

  async function flush() {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    try {
      while (items.length && (await sendFirst()));
    } catch {
      later(OFFLINE);
    } finally {
      sending = false;
    }
  }

  addEventListener("online", flush);
  for (const item of items) draw(item);
  flush();

  return {
    /** Put something in line and send what waits. */
    send(item) {
      items.push(item);
      keep();
      draw(item);
      return flush();
    },
  };
}
