// One stream for all tabs that follow the same list: a browser opens few connections to one place, and a tab too many
// would wait for ever. The tab that holds the lock keeps the stream and tells the others; when it goes, another takes
// over. Where a browser has no locks, each tab has its own stream.
const REOPEN_MILLISECONDS = 30_000;

export function listen(address, changed) {
  const state = { isOpen: false };
  const others = navigator.locks && "BroadcastChannel" in globalThis ? new BroadcastChannel(address) : null;
  let wasOpen = false;
  let leads = false;
  const hear = (word) => {
    const wasAway = wasOpen && !state.isOpen;
    state.isOpen = word !== "closed";
    wasOpen ||= state.isOpen;
    if (word === "changed" || (word === "open" && wasAway)) changed(); // It may have changed while the stream was away.
  };
  const say = (word) => { hear(word); others?.postMessage(word); };
  const lead = () => new Promise(() => {
    leads = true;
    let stream;
    const open = () => {
      stream = new EventSource(address);
      stream.onopen = () => say("open");
      stream.onmessage = () => say("changed");
      stream.onerror = () => say("closed");
      stream.addEventListener("signed-out", () => say("changed")); // The page asks, and is told so.
    };
    open();
    setInterval(() => { if (stream.readyState === EventSource.CLOSED) open(); }, REOPEN_MILLISECONDS);
  });
  if (!others) {
    lead();
    return state;
  }
  others.onmessage = ({ data }) => {
    if (data !== "ask") hear(data);
    else if (leads) others.postMessage(state.isOpen ? "open" : "closed");
  };
  others.postMessage("ask");
  navigator.locks.request(`hearthline ${address}`, lead);
  return state;
}
