// Keeps a draft on the server while it is written; nothing is stored in the browser.
//
//   <form data-autosave="/notes/1/draft/"> … <p class="saved" role="status" data-autosave-state
//     data-saving="…" data-saved="…" data-failed="…" data-conflict="…"></p></form>
//
// The form is posted as it is, forgery token included. The answer may be JSON with a "version", which goes into the
// field of that name; 409 says that somebody else, or another tab, saved a newer one: saving stops, the person decides.
const PAUSE_MILLISECONDS = 1_200;
const RETRY_MILLISECONDS_MAX = 30_000;

function autosave(form) {
  const state = form.querySelector("[data-autosave-state]");
  let timer = 0;
  let isSaving = false;
  let isStopped = false;
  let changes = 0;
  let kept = 0;
  let failures = 0;

  const say = (word) => { if (state) state.textContent = state.dataset[word] ?? ""; };
  const later = (milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(save, milliseconds);
  };

  async function save() {
    if (isSaving || isStopped) return;
    isSaving = true;
    const sent = changes;
    say("saving");
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), keepalive: document.hidden });
      if (answer.status === 409) {
        isStopped = true;
        say("conflict");
        return;
      }
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      if (answer.headers.get("content-type")?.includes("json")) {
        const { version } = await answer.json();
        if (version !== undefined && form.elements.version) form.elements.version.value = version;
      }
      failures = 0;
      kept = sent;
      say("saved");
    } catch {
      failures += 1;
      say("failed");
      later(Math.min(PAUSE_MILLISECONDS * 2 ** failures, RETRY_MILLISECONDS_MAX));
    } finally {
      isSaving = false;
      if (changes !== sent && !failures) later(PAUSE_MILLISECONDS);
    }
  }

  form.addEventListener("input", () => {
    changes += 1;
    later(PAUSE_MILLISECONDS);
  });
  form.addEventListener("submit", () => {
    isStopped = true;
    clearTimeout(timer);
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden && changes !== kept) save(); });
}

for (const form of document.querySelectorAll("form[data-autosave]")) autosave(form);
