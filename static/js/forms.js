// A form is sent once; what was typed is kept until it has arrived.

const PREFIX = "warroom:draft:";

/** The token that Django wants with every change. */
export function csrfToken() {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  return cookie ? decodeURIComponent(cookie.slice(10)) : (document.querySelector('meta[name="csrf-token"]')?.content ?? "");
}

/** POST JSON to our own server; returns the response. */
export function post(url, body, options = {}) {
  return fetch(url, {
    ...options,
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
  });
}

function release(form) {
  delete form.dataset.sent;
  form.removeAttribute("aria-busy");
  for (const button of form.querySelectorAll("[data-held]")) {
    button.removeAttribute("aria-disabled");
    delete button.dataset.held;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || form.method === "get" || form.dataset.repeat !== undefined) return;
  if (form.dataset.sent) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  // Wait until the page's own listeners have had their say: a form they handle is theirs to guard.
  queueMicrotask(() => {
    if (event.defaultPrevented) return;
    form.dataset.sent = "true";
    form.setAttribute("aria-busy", "true");
    for (const button of form.querySelectorAll("button:not([type=button]), input[type=submit]")) {
      button.dataset.held = "";
      button.setAttribute("aria-disabled", "true");
    }
    markSent(form);
    setTimeout(() => release(form), 8000);
  });
});
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.querySelectorAll("form[data-sent]")) release(form);
});

// --- Drafts ---------------------------------------------------------------------------------------

function read(key) {
  try {
    return localStorage.getItem(PREFIX + key) ?? "";
  } catch {
    return "";
  }
}

function write(key, text) {
  try {
    if (text) localStorage.setItem(PREFIX + key, text);
    else localStorage.removeItem(PREFIX + key);
  } catch {
    // Private windows may refuse storage; typing goes on.
  }
}

/** Forget a draft, once its text has arrived. */
export function clearDraft(key) {
  write(key, "");
}

// A full-page submit may fail on the way. The draft goes only when the next page shows no error for it.
function markSent(form) {
  const keys = [...form.querySelectorAll("[data-draft]")].map((area) => area.dataset.draft);
  try {
    sessionStorage.setItem(`${PREFIX}sent`, JSON.stringify(keys));
  } catch {
    // As above.
  }
}

/** The page after a form: its drafts are settled, and the focus goes to what is wrong or to the page itself. */
function settle() {
  try {
    const sent = sessionStorage.getItem(`${PREFIX}sent`);
    sessionStorage.removeItem(`${PREFIX}sent`);
    if (sent === null) return;
    const main = document.querySelector("main");
    const failed = document.querySelector('[aria-invalid="true"], .field__error, form .banner--bad');
    if (!failed && main) for (const key of JSON.parse(sent)) clearDraft(key);
    if (document.activeElement === document.body) (document.querySelector('[aria-invalid="true"]') ?? main)?.focus({ preventScroll: !failed });
  } catch {
    // As above.
  }
}

settle();
for (const area of document.querySelectorAll("textarea[data-draft], input[data-draft]")) {
  const kept = read(area.dataset.draft);
  if (kept && !area.value) {
    area.value = kept;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
document.addEventListener("input", (event) => {
  const key = event.target.dataset?.draft;
  if (key) write(key, event.target.value);
});
