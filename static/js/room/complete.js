// Suggestions while a command is typed: arrows choose, Tab takes, Esc closes.

/** Complete commands in `area`, with the list element `list`, for incident `number`. */
export function setUpCompletion(area, list, number) {
  let asked = 0;
  let chosen = -1;

  const wanted = () => area.value.startsWith("/") && !area.value.startsWith("//") && !area.value.includes("\n");

  async function suggest() {
    const mine = ++asked;
    // What was chosen belonged to the former words.
    choose(-1);
    if (!wanted()) {
      hide();
      return;
    }
    try {
      const answer = await fetch(`/palette/suggest?${new URLSearchParams({ q: area.value, incident: number })}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const { items } = await answer.json();
      if (mine !== asked) return;
      list.replaceChildren(...items.map(option));
      chosen = -1;
      list.hidden = !items.length;
      area.setAttribute("aria-expanded", String(!list.hidden));
    } catch {
      if (mine === asked) hide();
    }
  }

  function option(item, place) {
    const element = Object.assign(document.createElement("div"), { className: "option option--told", id: `complete-${place}` });
    element.setAttribute("role", "option");
    element.setAttribute("aria-selected", "false");
    element.dataset.text = item.text ?? "";
    const label = Object.assign(document.createElement("span"), { className: "option__label", textContent: item.label });
    const hint = Object.assign(document.createElement("span"), { className: "option__hint", textContent: item.hint });
    element.append(label, hint);
    return element;
  }

  function choose(place) {
    chosen = place;
    for (const [index, element] of [...list.children].entries()) element.setAttribute("aria-selected", index === place);
    list.children[place]?.scrollIntoView({ block: "nearest" });
    if (place >= 0) area.setAttribute("aria-activedescendant", list.children[place].id);
    else area.removeAttribute("aria-activedescendant");
  }

  function take(place) {
    const text = list.children[place]?.dataset.text;
    if (!text) return;
    area.value = text.endsWith(" ") ? text : `${text} `;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  }

  function hide() {
    asked += 1;
    list.hidden = true;
    chosen = -1;
    area.removeAttribute("aria-activedescendant");
    area.setAttribute("aria-expanded", "false");
  }

  list.addEventListener("mousedown", (event) => {
    const element = event.target.closest(".option");
    if (!element) return;
    event.preventDefault();
    take([...list.children].indexOf(element));
  });
  area.addEventListener("blur", hide);
  area.setAttribute("role", "combobox");
  area.setAttribute("aria-controls", list.id);
  area.setAttribute("aria-autocomplete", "list");
  area.setAttribute("aria-expanded", "false");

  return {
    suggest,
    hide,
    /** Let the list have a key; true when it was its own. */
    key(event) {
      if (list.hidden) return false;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const count = list.children.length;
        const step = event.key === "ArrowDown" ? 1 : -1;
        choose(chosen < 0 ? (step > 0 ? 0 : count - 1) : (chosen + step + count) % count);
      } else if (event.key === "Tab" && !event.shiftKey) take(Math.max(chosen, 0));
      else if (event.key === "Enter" && !event.shiftKey && chosen >= 0) take(chosen);
      else if (event.key === "Escape") hide();
      else return false;
      event.preventDefault();
      return true;
    },
  };
}
