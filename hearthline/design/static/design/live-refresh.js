// Keeps a part of the page current. The stream says only "changed"; the part is fetched again through its normal
// page, so access is checked again and nothing clinical travels in the stream.
//
//   <section id="waiting" data-stream="/live/waiting-room/" data-source="/today/waiting/"> … </section>
//
// data-source is optional (the page itself). The answer holds an element of the same id. With data-steady the part is
// fetched every half minute though nothing was said: for what changes with the clock. A hidden page asks for nothing.
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

async function refresh(part) {
  const answer = await fetch(part.dataset.source || location.href, {
    headers: { "Hearthline-Background": "1" },
    credentials: "same-origin",
    cache: "no-store",
  });
  if (answer.redirected && new URL(answer.url).pathname !== new URL(part.dataset.source || location.href, location).pathname) {
    location.reload(); // Signed out, or the place has moved: the whole page has to say so.
    return;
  }
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
  if (!fresh || fresh.innerHTML === part.innerHTML) return;
  keepState(part, () => part.replaceChildren(...fresh.childNodes));
  part.dispatchEvent(new CustomEvent("refreshed", { bubbles: true }));
}

function follow(part) {
  let timer = 0;
  let isStale = false;
  const soon = () => {
    isStale = true;
    if (document.hidden || timer) return;
    timer = setTimeout(async () => {
      isStale = false;
      await refresh(part).catch(() => { isStale = true; });
      timer = 0;
    }, PAUSE_MILLISECONDS);
  };
  const stream = new EventSource(part.dataset.stream);
  let wasOpen = false;
  stream.onmessage = soon;
  stream.onopen = () => {
    if (wasOpen) soon(); // Something may have changed while the stream was away.
    wasOpen = true;
  };
  setInterval(() => { if ("steady" in part.dataset || stream.readyState !== EventSource.OPEN || isStale) soon(); }, POLL_MILLISECONDS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && isStale) soon(); });
}

for (const part of document.querySelectorAll("[data-stream]")) follow(part);
