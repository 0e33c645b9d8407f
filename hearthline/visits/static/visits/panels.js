/* Tabs beside the call, and pages of the chart inside a panel: the call never ends because somebody follows a link. */

const INSIDE = /^\/(patients|encounters|notes|visits|summaries)\//;

export function startPanels(root) {
  const tabs = [...root.querySelectorAll('[role="tab"]')];
  for (const tab of tabs) {
    tab.addEventListener("click", () => choose(tabs, tab));
    tab.addEventListener("keydown", (event) => walk(tabs, tab, event));
  }
  for (const panel of root.querySelectorAll("[data-panel]")) {
    panel.addEventListener("click", (event) => follow(panel, event));
    panel.addEventListener("submit", (event) => submit(panel, event));
  }
}

function choose(tabs, chosen) {
  for (const tab of tabs) {
    const isChosen = tab === chosen;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    const panel = document.getElementById(tab.getAttribute("aria-controls"));
    panel.hidden = !isChosen;
    if (isChosen && panel.dataset.panel && !panel.dataset.loaded) show(panel, panel.dataset.panel);
  }
}

function walk(tabs, tab, event) {
  const isRightToLeft = document.documentElement.dir === "rtl";
  const step = { ArrowRight: isRightToLeft ? -1 : 1, ArrowLeft: isRightToLeft ? 1 : -1 }[event.key];
  if (!step) return;
  const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
  choose(tabs, next);
  next.focus();
}

async function show(panel, url, options = {}) {
  panel.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { credentials: "same-origin", ...options });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.querySelector("main .wrap") ?? page.querySelector("main");
    const parts = [...(main?.childNodes ?? [])];
    panel.replaceChildren(...parts.map((part) => document.importNode(part, true)));
    panel.dataset.loaded = answer.url;
    for (const form of panel.querySelectorAll("form")) {
      form.setAttribute("action", new URL(form.getAttribute("action") ?? "", answer.url).href);
    }
    panel.scrollTop = 0;
    for (const script of page.querySelectorAll('script[type="module"][src]')) await revive(script.src);
  } finally {
    panel.removeAttribute("aria-busy");
  }
}

/* A page's small scripts look for their parts when they load; a fresh address makes them look again. */
async function revive(source) {
  if (new URL(source).origin !== location.origin) return;
  await import(`${source}?panel=${Date.now()}`).catch((error) => console.warn("script not loaded", error.name));
}

function follow(panel, event) {
  const link = event.target.closest("a[href]");
  if (!link || link.target || event.ctrlKey || event.metaKey) return;
  const url = new URL(link.href, panel.dataset.loaded || location.href);
  if (url.hash && url.pathname === new URL(panel.dataset.loaded).pathname) return;
  event.preventDefault();
  if (url.origin === location.origin && INSIDE.test(url.pathname)) show(panel, url.href);
  else window.open(url.href, "_blank", "noopener");
}

function submit(panel, event) {
  const form = event.target;
  const action = new URL(form.getAttribute("action") || "", panel.dataset.loaded);
  if (action.origin !== location.origin) return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  if (form.method === "get") {
    action.search = new URLSearchParams(body).toString();
    show(panel, action.href);
  } else {
    show(panel, action.href, { method: "POST", body });
  }
}
