// The first touch or key of a person says that they have it before their eyes; opening alone says nothing.

let told = false;

function seen(event) {
  if (told || !event.isTrusted) return;
  told = true;
  const body = new URLSearchParams({ do: "seen" });
  fetch(location.pathname, { method: "POST", body, keepalive: true, credentials: "omit" }).catch(() => {
    // Away for a moment: the answer itself says that it was seen.
    told = false;
  });
}

for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, seen, { passive: true });

const until = document.querySelector("[data-until]");

function tick() {
  const left = Math.round((Date.parse(until.dataset.until) - Date.now()) / 1000);
  until.textContent = left > 0 ? `in ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : "now";
  if (left > 0) setTimeout(tick, 1000);
}

if (until) tick();
