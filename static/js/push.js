// Notifications of this browser: asked for by a click, and by nothing else.

import { csrfToken } from "./forms.js";

const panel = document.querySelector("[data-push]");
const words = panel?.querySelector("[data-push-says]");
const on = panel?.querySelector("[data-push-on]");
const off = panel?.querySelector("[data-push-off]");

async function post(path, body = {}) {
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() };
  const answer = await fetch(path, { method: "POST", body: JSON.stringify(body), headers });
  const said = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.detail || said.title || "Warroom does not take it. Try again.");
  return said;
}

function bytes(text) {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (char) => char.charCodeAt(0));
}

async function digest(text) {
  const raw = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...raw].map((each) => each.toString(16).padStart(2, "0")).join("");
}

function say(text, { canOn = false, canOff = false } = {}) {
  words.textContent = text;
  on.hidden = !canOn;
  off.hidden = !canOff;
}

async function subscription() {
  const registered = await navigator.serviceWorker.getRegistration("/");
  return registered ? registered.pushManager.getSubscription() : null;
}

async function look() {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    say("This browser can't show notifications while Warroom is closed.");
    return;
  }
  if (Notification.permission === "denied") {
    say("This browser was told to show no notifications of Warroom. Allow them in its settings for this site, and come back.");
    return;
  }
  const found = await subscription();
  const known = found && panel.dataset.known.split(" ").includes(await digest(found.endpoint));
  if (known) say("Pages come to this browser.", { canOff: true });
  else say("Pages do not come to this browser.", { canOn: true });
}

async function switchOn() {
  if ((await Notification.requestPermission()) !== "granted") return look();
  const { key } = await post("/me/push/key");
  await navigator.serviceWorker.register("/push-worker.js", { scope: "/" });
  const ready = await navigator.serviceWorker.ready;
  const found = await ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
  await post("/me/push", found.toJSON());
  return location.reload();
}

async function switchOff() {
  const found = await subscription();
  if (found) {
    await post("/me/push/forget", { endpoint: found.endpoint });
    await found.unsubscribe();
  }
  location.reload();
}

function run(act, button) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await act();
    } catch (error) {
      say(error.message, { canOn: act === switchOn, canOff: act === switchOff });
    }
    button.disabled = false;
  });
}

if (panel) {
  run(switchOn, on);
  run(switchOff, off);
  look().catch((error) => say(error.message));
}
