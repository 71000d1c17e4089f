// Dialogs and sheets open by data-opens="id" and close by data-closes, Esc or a touch beside them; menus close likewise.

/** Give the focus to the room's lines or the page itself: it must never be nowhere. */
export function rest() {
  (document.getElementById("log") ?? document.getElementById("main"))?.focus({ preventScroll: true });
}

/** Show a dialog so that, when it closes, the focus has a place to go back to. */
export function show(dialog) {
  if (document.activeElement === document.body) rest();
  dialog.showModal();
}

export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return dialog;
  for (const popover of document.querySelectorAll("[popover]:popover-open")) popover.hidePopover();
  show(dialog);
  dialog.dispatchEvent(new Event("dialog:open"));
  return dialog;
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener && document.getElementById(opener.dataset.opens)) {
    event.preventDefault();
    openDialog(opener.dataset.opens);
    return;
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) {
    closer.closest("dialog")?.close();
    return;
  }
  if (event.target instanceof HTMLDialogElement) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
    return;
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A dialog gives the focus back to what had it; that may have been drawn anew meanwhile.
document.addEventListener(
  "close",
  () => {
    const at = document.activeElement;
    if (at === document.body || at.closest("dialog:not([open])")) rest();
  },
  true,
);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Arrow keys walk through menus and toolbars.
document.addEventListener("keydown", (event) => {
  const list = event.target.closest?.(".menu__list, .flyout, [data-toolbar]");
  if (!list) return;
  const isBar = list.matches("[data-toolbar]");
  const step = { [isBar ? "ArrowRight" : "ArrowDown"]: 1, [isBar ? "ArrowLeft" : "ArrowUp"]: -1 }[event.key];
  if (!step) return;
  const items = [...list.querySelectorAll("a, button")].filter((item) => item.getClientRects().length);
  const next = items[(items.indexOf(document.activeElement) + step + items.length) % items.length];
  if (!next) return;
  event.preventDefault();
  if (isBar) for (const item of items) item.tabIndex = item === next ? 0 : -1;
  next.focus();
});

// Tell assistive tools whether a popover is open.
document.addEventListener(
  "toggle",
  (event) => {
    if (!event.target.matches?.("[popover]")) return;
    for (const button of document.querySelectorAll(`[popovertarget="${CSS.escape(event.target.id)}"]`)) {
      button.setAttribute("aria-expanded", event.newState === "open");
    }
  },
  true,
);
