// The worklist and a case by keyboard: J and K move, Enter opens (the link has the focus), C takes, T calls,
// P goes to the protocol (its start, or the next step), S snoozes, X closes, U goes back. Nothing while somebody types.
const TYPING = "input, textarea, select, [contenteditable]";

function move(step) {
  const links = [...document.querySelectorAll("[data-row] [data-open]")];
  if (!links.length) return;
  const row = document.activeElement?.closest("[data-row]");
  const at = links.findIndex((link) => link.closest("[data-row]") === row);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
  links[next].focus();
}

function first(selector) {
  const row = document.activeElement?.closest("[data-row]");
  return (row ?? document).querySelector(selector);
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  c: () => first("[data-claim]")?.click(),
  t: () => document.querySelector("[data-call]")?.focus(),
  p: () => {
    const here = document.querySelector("[data-protocol]");
    const open = first("[data-open]");
    if (here) here.focus();
    else if (open) location.assign(`${open.href}#protocol`);
  },
  s: () => document.querySelector("[data-snooze] select")?.focus(),
  x: () => document.querySelector("[data-close] textarea")?.focus(),
  u: () => document.querySelector("[data-back]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(TYPING)) return;
  const act = KEYS[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
});
