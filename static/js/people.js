// Faces made in the browser look like those made on the server (web/templatetags/pieces.py).

export function hue(name) {
  let total = 0;
  for (const letter of name.trim().toLowerCase()) total = (total * 31 + letter.codePointAt(0)) % 4294967296;
  return Math.floor(total / 7) % 12;
}

export function initials(name) {
  const words = name.replaceAll("@", " ").split(/\s+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  if (!words.length) return "?";
  if (words.length === 1) return [...words[0]].slice(0, 2).join("");
  return [...words[0]][0] + [...words.at(-1)][0];
}

export function avatar(name, size = "") {
  const face = document.createElement("span");
  face.className = `avatar hue--${hue(name)}${size ? ` avatar--${size}` : ""}`;
  face.title = name;
  face.setAttribute("aria-hidden", "true");
  face.textContent = initials(name);
  return face;
}
