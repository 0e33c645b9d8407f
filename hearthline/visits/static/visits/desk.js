// The rescue desk by keyboard: J and K move, Enter opens (the link has the focus), D does what is advised first, M opens
// more. Nothing while somebody types.
const TYPING = "input, textarea, select, [contenteditable]";

function move(step) {
  const links = [...document.querySelectorAll("[data-row] [data-open]")];
  if (!links.length) return;
  const row = document.activeElement?.closest("[data-row]");
  const at = links.findIndex((link) => link.closest("[data-row]") === row);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
  links[next].focus();
}

const inRow = (selector) => document.activeElement?.closest("[data-row]")?.querySelector(selector);

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  d: () => inRow("[data-first]")?.click(),
  m: () => inRow(".menu > summary")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(TYPING)) return;
  const act = KEYS[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
});
