// Shows what is pushed to this browser, whether a page of ours is open or not, and takes the answer of its button.

const ICON = "/favicon.ico";

function show(said) {
  const { title, body, tag, silent } = said;
  const actions = said.answer ? [{ action: "ack", title: "Got it" }, { action: "open", title: "Open" }] : [];
  return self.registration.showNotification(title || "Warroom", {
    body,
    tag,
    icon: ICON,
    actions,
    data: said,
    silent: Boolean(silent),
    // The same page a second time rings again; who has it is told without a sound.
    renotify: Boolean(tag) && !silent,
    requireInteraction: Boolean(said.answer),
  });
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data.json();
  } catch {
    // A browser takes a push back from who shows nothing for it.
  }
  event.waitUntil(show(said));
});

async function acknowledge(said) {
  const answer = await fetch(said.answer, { method: "POST", body: new URLSearchParams({ do: "ack" }), credentials: "omit" }).catch(() => null);
  if (answer?.ok) await show({ title: said.title, body: "You have it. Nobody else is asked.", tag: said.tag, url: said.url, silent: true });
  else await open(said.url);
}

async function open(url) {
  const place = new URL(url || "/inbox", self.location.origin);
  // Only our own pages: what came is encrypted for us, and still no reason to lead anybody elsewhere.
  if (place.origin !== self.location.origin) place.href = new URL("/inbox", self.location.origin).href;
  const there = (await self.clients.matchAll({ type: "window", includeUncontrolled: true })).find((one) => one.url === place.href);
  await (there ? there.focus() : self.clients.openWindow(place.href));
}

self.addEventListener("notificationclick", (event) => {
  const said = event.notification.data || {};
  event.notification.close();
  event.waitUntil(event.action === "ack" && said.answer ? acknowledge(said) : open(said.url));
});
