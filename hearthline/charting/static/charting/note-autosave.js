// Keeps a note's draft on the server while it is written. Nothing is stored in the browser.
const PAUSE = 2500;
const RETRY = 10000;

for (const form of document.querySelectorAll("form[data-autosave]")) {
  const state = form.querySelector("[data-autosave-state]");
  const revision = form.elements.revision;
  let timer = 0;
  let sending = false;
  let leaving = false;

  const later = (delay) => {
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  };

  async function save() {
    if (sending || leaving) return later(PAUSE);
    sending = true;
    try {
      const answer = await fetch(form.getAttribute("action") || location.pathname, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
        redirect: "error",
      });
      if (answer.status === 409) {
        state.textContent = form.dataset.stale;
        leaving = true;
      } else if (answer.ok) {
        revision.value = (await answer.json()).revision;
        state.textContent = `${form.dataset.kept} ${new Date().toLocaleTimeString(document.documentElement.lang)}`;
      } else {
        throw new Error(String(answer.status));
      }
    } catch {
      state.textContent = form.dataset.notKept;
      later(RETRY);
    } finally {
      sending = false;
    }
  }

  form.addEventListener("input", () => later(PAUSE));
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
  });
}
