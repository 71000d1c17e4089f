// Short news at the bottom of the page: announced politely, undone for ten seconds, gone by itself.

const place = document.getElementById("toasts");
const blank = document.getElementById("toast-template");

function arm(element, seconds) {
  let left = seconds;
  const count = element.querySelector("[data-countdown]");
  const tell = () => {
    if (count) count.textContent = `${left}`;
  };
  tell();
  const timer = setInterval(() => {
    // Time stands still while the toast is read or used.
    if (element.matches(":hover, :focus-within") || document.hidden) return;
    left -= 1;
    tell();
    if (left <= 0) close(element);
  }, 1000);
  element.addEventListener("toast:close", () => clearInterval(timer), { once: true });
}

function close(element) {
  element.dispatchEvent(new Event("toast:close"));
  element.remove();
}

/**
 * Say something. `kind`: info, good, warn, bad (stays until dismissed). `undo`: a function.
 * Returns a function that closes it.
 */
export function toast(text, { kind = "info", undo = null, seconds = 10 } = {}) {
  const element = blank.content.firstElementChild.cloneNode(true);
  element.classList.add(`toast--${kind}`);
  element.querySelector(".toast__text").textContent = text;
  if (undo) {
    const button = element.querySelector("[data-undo]");
    button.hidden = false;
    button.addEventListener("click", () => {
      close(element);
      undo();
    });
  }
  place.append(element);
  if (kind !== "bad") arm(element, seconds);
  return () => close(element);
}

/** Take over what a page that was fetched in the background has to say. */
export function adopt(page) {
  for (const element of page.querySelectorAll("#toasts [data-toast]")) {
    place.append(document.adoptNode(element));
    if (!element.matches("[data-stays]")) arm(element, element.querySelector("[data-countdown]") ? 10 : 7);
  }
}

place?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  if (button) close(button.closest("[data-toast]"));
});
for (const element of document.querySelectorAll("#toasts [data-toast]:not([data-stays])")) {
  arm(element, element.querySelector("[data-countdown]") ? 10 : 7);
}

const offline = document.getElementById("offline-strip");
if (offline) {
  const tell = () => {
    offline.hidden = navigator.onLine;
  };
  addEventListener("online", tell);
  addEventListener("offline", tell);
  tell();
}
