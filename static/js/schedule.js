// The calendar of a schedule: drag over the lane "On call", or walk it by arrows, and the form for somebody instead has
// those times. The form is the same without this.

const lane = document.querySelector("[data-lane]");
const form = document.querySelector("[data-override]");

const STEP = 30 * 60;

/** An instant as a field for date and time reads it, on the clock that the page shows. */
function local(instant, zone) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).formatToParts(new Date(instant * 1000));
  const { year, month, day, hour, minute } = Object.fromEntries(parts.map((part) => [part.type, part.value]));
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

if (lane && form) {
  const { start, end, zone } = lane.dataset;
  const [first, last] = [Number(start), Number(end)];
  const mark = lane.querySelector("[data-mark]");
  const said = document.querySelector("[data-lane-said]");
  const blocks = [...lane.querySelectorAll("[data-from]")];
  let from = null;
  let at = -1;

  const instantAt = (event) => {
    const box = lane.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return Math.round((first + share * (last - first)) / STEP) * STEP;
  };

  const show = (one, other) => {
    const [begins, ends] = [Math.min(one, other), Math.max(one, other)];
    const share = (instant) => ((instant - first) / (last - first)) * 100;
    mark.setAttribute("x", `${share(begins)}%`);
    mark.setAttribute("width", `${Math.max(0, share(ends) - share(begins))}%`);
    return [begins, ends];
  };

  const fill = (begins, ends) => {
    form.elements.start.value = local(begins, zone);
    form.elements.end.value = local(ends, zone);
    said.textContent = `${form.elements.start.value.replace("T", " ")} to ${form.elements.end.value.replace("T", " ")}`;
  };

  lane.addEventListener("pointerdown", (event) => {
    if (event.button || event.pointerType === "touch") return;
    event.preventDefault();
    lane.setPointerCapture(event.pointerId);
    from = instantAt(event);
    show(from, from);
  });
  lane.addEventListener("pointermove", (event) => {
    if (from !== null) show(from, instantAt(event));
  });
  lane.addEventListener("pointerup", (event) => {
    if (from === null) return;
    const [begins, ends] = show(from, instantAt(event));
    from = null;
    if (ends - begins < STEP) return;
    fill(begins, ends);
    form.elements.user.focus();
    form.scrollIntoView({ block: "nearest" });
  });
  lane.addEventListener("pointercancel", () => {
    from = null;
    show(first, first);
  });

  const group = lane.closest(".lanes");
  group.addEventListener("keydown", (event) => {
    if (event.target !== group || !blocks.length) return;
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      event.preventDefault();
      at = Math.min(blocks.length - 1, Math.max(0, at + (event.key === "ArrowRight" ? 1 : at < 0 ? 1 : -1)));
      const block = blocks[at];
      show(Number(block.dataset.from), Number(block.dataset.to));
      said.textContent = block.querySelector("title").textContent;
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      fill(Number(blocks[at].dataset.from), Number(blocks[at].dataset.to));
      form.elements.user.focus();
    }
  });
}
