// Keeps a part of the page current. The stream says only "changed"; the part is fetched again through its normal
// page, so access is checked again and nothing clinical travels in the stream.
//
//   <section id="waiting" data-stream="/live/waiting-room/" data-source="/today/waiting/"> … </section>
//
// data-source is optional (the page itself). The answer holds an element of the same id. With data-steady the part is
// fetched every half minute though nothing was said: for what changes with the clock. A hidden page asks for nothing,
// but for parts with data-always. data-lost names a <template> shown in the part when its person is signed out; without
// it the page is loaded again.
import { listen } from "./live-stream.js";

const PAUSE_MILLISECONDS = 250;
const POLL_MILLISECONDS = 30_000;

// What a person is doing in the part stays: the focus, and what they have chosen in lists that are still there.
function keepState(part, change) {
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const chosen = [...part.querySelectorAll("select[id]")].map(({ id, value }) => [id, value]);
  change();
  for (const [id, value] of chosen) {
    const list = document.getElementById(id);
    if (list && [...list.options].some((option) => option.value === value)) list.value = value;
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

const shown = new WeakMap(); // the markup as it last came: clocks and the like change it on the page

async function refresh(part) {
  const answer = await fetch(part.dataset.source || location.href, {
    headers: { "Hearthline-Background": "1" },
    credentials: "same-origin",
    cache: "no-store",
  });
  if (answer.redirected && new URL(answer.url).pathname !== new URL(part.dataset.source || location.href, location).pathname) {
    const lost = document.getElementById(part.dataset.lost);
    if (lost) part.replaceChildren(lost.content.cloneNode(true));
    else location.reload(); // Signed out, or the place has moved: the whole page has to say so.
    shown.delete(part);
    return;
  }
  if (answer.status === 403 && part.dataset.lost) part.replaceChildren(); // no longer theirs to see
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
  if (!fresh || fresh.innerHTML === shown.get(part)) return;
  shown.set(part, fresh.innerHTML);
  keepState(part, () => part.replaceChildren(...fresh.childNodes));
  part.dispatchEvent(new CustomEvent("refreshed", { bubbles: true }));
}

function follow(part) {
  let timer = 0;
  let isStale = false;
  const isAlways = "always" in part.dataset;
  const soon = () => {
    isStale = true;
    if ((document.hidden && !isAlways) || timer) return;
    timer = setTimeout(async () => {
      isStale = false;
      const hasCome = await refresh(part).then(() => true, () => false);
      timer = 0;
      if (!hasCome) isStale = true; // asked again by the clock below
      else if (isStale) soon(); // it changed while it was asked for
    }, PAUSE_MILLISECONDS);
  };
  shown.set(part, part.innerHTML);
  const stream = listen(part.dataset.stream, soon);
  if (isAlways) soon(); // It may have changed between the page and the stream.
  setInterval(() => { if ("steady" in part.dataset || !stream.isOpen || isStale) soon(); }, POLL_MILLISECONDS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && isStale) soon(); });
}

for (const part of document.querySelectorAll("[data-stream]")) follow(part);
