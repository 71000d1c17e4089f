// Keys for those who like them: never inside a field, off with data-keys="off" on <html>.
// Any link, button or field can have its own: data-key="u" data-key-label="Write an update".

import { openDialog } from "./dialogs.js";

const PLACES = { n: "/", i: "/incidents", p: "/postmortems", a: "/alerts", o: "/oncall", r: "/runbooks", d: "/deploys" };

const isOn = () => document.documentElement.dataset.keys !== "off";
const inField = (target) => target.closest?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable=true]");
const linkTo = (url) => document.querySelector(`.rail a[href="${url}"], .flyout a[href="${url}"]`);

let leader = 0;

function rows() {
  return [...document.querySelectorAll("[data-row], .rows__item, .table tbody tr, [data-line], .event")].filter((row) => row.getClientRects().length);
}

function currentRow() {
  return document.activeElement?.closest("[data-row], .rows__item, .table tbody tr, [data-line], .event");
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(currentRow());
  // In a room the newest line comes first to hand.
  const start = step > 0 && !all[0].matches("[data-line]") ? 0 : all.length - 1;
  const next = all[at < 0 ? start : Math.min(Math.max(at + step, 0), all.length - 1)];
  const target = next.matches("[data-line]") ? next : (next.querySelector("a[href], button") ?? next);
  target.focus();
  next.scrollIntoView({ block: "nearest" });
}

/** The next or previous tab of the page. */
function tab(step) {
  const all = [...document.querySelectorAll(".tabs__item")];
  const at = all.findIndex((item) => item.matches('[aria-current="page"]'));
  if (at >= 0) all[(at + step + all.length) % all.length].click();
}

function use(element) {
  if (element.matches("input, textarea, select")) element.focus();
  else element.click();
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    if (document.getElementById("palette")) {
      event.preventDefault();
      openDialog("palette");
    }
    return;
  }
  if (!isOn() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (inField(event.target) || document.querySelector("dialog[open]")) return;

  const { key } = event;
  if (leader && Date.now() - leader < 1500) {
    leader = 0;
    const link = PLACES[key] && linkTo(PLACES[key]);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  if (key === "g") {
    leader = Date.now();
    return;
  }
  const own = key.length === 1 && document.querySelector(`[data-key="${CSS.escape(key)}"]:not([disabled], [aria-disabled="true"])`);
  if (own) {
    event.preventDefault();
    use(own);
  } else if (key === "/" && document.getElementById("palette")) {
    event.preventDefault();
    openDialog("palette");
  } else if (key === "?") {
    event.preventDefault();
    showKeys();
  } else if (key === "j" || key === "k") {
    event.preventDefault();
    move(key === "j" ? 1 : -1);
  } else if (key === "x") {
    currentRow()?.querySelector("input[type=checkbox]")?.click();
  } else if (key === "p") {
    document.activeElement?.closest("[data-line]")?.querySelector('.line__acts [data-act="pin"]')?.click();
  } else if (key === ".") {
    document.querySelector("details.menu > summary")?.click();
  } else if (key === "[" || key === "]") {
    tab(key === "]" ? 1 : -1);
  }
});

function showKeys() {
  const dialog = openDialog("keys-dialog");
  if (!dialog) return;
  for (const row of dialog.querySelectorAll("[data-goes]")) row.hidden = !linkTo(row.dataset.goes);
  for (const row of dialog.querySelectorAll("[data-needs]")) row.hidden = !document.querySelector(row.dataset.needs);
  const part = dialog.querySelector("[data-page-keys]");
  const list = part.querySelector(".keylist");
  list.replaceChildren();
  for (const element of document.querySelectorAll("[data-key]")) {
    const row = document.createElement("div");
    const words = document.createElement("span");
    words.textContent = element.dataset.keyLabel ?? element.textContent.trim();
    const keys = document.createElement("span");
    keys.className = "keys";
    const key = document.createElement("kbd");
    key.textContent = element.dataset.key;
    keys.append(key);
    row.append(words, keys);
    list.append(row);
  }
  part.hidden = !list.children.length;
}

document.addEventListener("click", (event) => {
  if (event.target.closest('[data-opens="keys-dialog"]')) showKeys();
});

if (/Mac|iPhone|iPad/.test(navigator.platform)) {
  for (const key of document.querySelectorAll("[data-mod]")) key.textContent = "⌘";
}
