// Relative times stay fresh; the exact time, local and UTC, is one hover, touch or focus away.

const root = document.documentElement;
const zone = root.dataset.zone && root.dataset.zone !== "UTC" ? root.dataset.zone : undefined;

const localDay = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: zone });
const localTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: zone, timeZoneName: "short" });
const utcTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: "UTC" });
const shortTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone });
const longTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: zone });
const dateOnly = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: zone });

/** "12 min ago", said as the server says it (web/templatetags/pieces.py, `relative`). */
export function relative(at, now = new Date()) {
  const seconds = (now - at) / 1000;
  const distance = Math.abs(seconds);
  if (distance < 45) return seconds >= -10 ? "just now" : "in a moment";
  let text;
  if (distance < 3570) text = `${Math.max(Math.round(distance / 60), 1)} min`;
  else if (distance < 86400) text = `${Math.max(Math.round(distance / 3600), 1)} h`;
  else if (distance < 30 * 86400) {
    const days = Math.round(distance / 86400);
    text = days === 1 ? "1 day" : `${days} days`;
  } else return dateOnly.format(at);
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

/** Both times in two short lines. */
export function exact(at) {
  const local = localTime.format(at);
  const utc = `${utcTime.format(at)} UTC`;
  return `${localDay.format(at)}, ${local}${local === utc ? "" : `\n${utc}`}`;
}

/** "1 h 12 min", said as the server says it. */
export function duration(seconds) {
  const sign = seconds < 0 ? "−" : "";
  let rest = Math.floor(Math.abs(seconds));
  if (rest < 60) return `${sign}${rest} s`;
  rest = Math.floor(rest / 60);
  if (rest < 60) return `${sign}${rest} min`;
  const hours = Math.floor(rest / 60);
  if (hours < 24) return rest % 60 ? `${sign}${hours} h ${rest % 60} min` : `${sign}${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${sign}${days} d ${hours % 24} h` : `${sign}${days} d`;
}

/** Bring the times under `within` up to date; call it for what you add to the page. */
export function refresh(within = document) {
  const now = new Date();
  for (const element of within.querySelectorAll("time[data-when]")) {
    const text = relative(new Date(element.dateTime), now);
    if (element.textContent !== text) element.textContent = text;
    if (element.title) element.removeAttribute("title");
  }
  for (const element of within.querySelectorAll("time[data-clock]:not([data-ready])")) {
    const at = new Date(element.dateTime);
    element.textContent = (element.dataset.clock === "seconds" ? longTime : shortTime).format(at);
    element.removeAttribute("title");
    element.dataset.ready = "";
  }
  // An age that counts: <span data-since="ISO">42 min</span>, or a deadline: <span data-until="ISO">.
  for (const element of within.querySelectorAll("[data-since], [data-until]")) {
    const { since, until } = element.dataset;
    const seconds = since ? (now - new Date(since)) / 1000 : (new Date(until) - now) / 1000;
    const text = duration(seconds);
    if (element.textContent !== text) element.textContent = text;
  }
}

let tip = null;
let tipFor = null;

function show(element) {
  if (tipFor === element) return;
  hide();
  tip = document.createElement("div");
  tip.className = "tip";
  tip.id = "time-tip";
  tip.setAttribute("role", "tooltip");
  tip.textContent = exact(new Date(element.dateTime));
  (element.closest("dialog[open], [popover]:popover-open") ?? document.body).append(tip);
  element.setAttribute("aria-describedby", tip.id);
  tipFor = element;
  const box = element.getBoundingClientRect();
  const size = tip.getBoundingClientRect();
  const left = Math.min(Math.max(8, box.left), innerWidth - size.width - 8);
  const above = box.top - size.height - 6;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 4 ? above : box.bottom + 6}px`;
}

function hide() {
  tip?.remove();
  tipFor?.removeAttribute("aria-describedby");
  tip = tipFor = null;
}

const timeIn = (target) => target.closest?.("time[datetime]");

document.addEventListener("pointerover", (event) => {
  const element = timeIn(event.target);
  if (element) show(element);
  else if (tipFor && !tipFor.matches(":focus")) hide();
});
document.addEventListener("focusin", (event) => {
  const element = timeIn(event.target) ?? (event.target.matches?.("a") ? event.target.querySelector("time[datetime]") : null);
  if (element && event.target.matches(":focus-visible")) show(element);
  else hide();
});
document.addEventListener("focusout", hide);
document.addEventListener("click", (event) => {
  const element = timeIn(event.target);
  if (element && !element.closest("a, button")) show(element);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide();
});
addEventListener("scroll", hide, { capture: true, passive: true });

refresh();
setInterval(refresh, 15_000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});
