/* Sends one thing that waits. tus goes on where the line broke. */

const RETRY_MS = [0, 1000, 3000, 5000];
const NOT_AGAIN = new Set([400, 401, 403, 404, 413, 415, 460, 507]);

function library() {
  if (window.tus) return Promise.resolve(window.tus);
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("vendor/tus.min.js", import.meta.url);
    script.onload = () => resolve(window.tus);
    script.onerror = () => reject(new Error("offline"));
    document.head.append(script);
  });
}

/* The forgery token changes when somebody signs in again, so a page that slept asks for the one of today. */
async function freshToken(url, owner) {
  let answer;
  try {
    answer = await fetch(url, { redirect: "manual", headers: { "Hearthline-Background": "1" } });
  } catch {
    return { problem: "offline" };
  }
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return { problem: "signed-out" };
  if (!answer.ok) return { problem: "offline" };
  const told = await answer.json();
  return told.is_signed_in && told.user === owner ? { value: told.token } : { problem: "signed-out" };
}

/* Sends one item; a word for what stopped it, or nothing. `progress` is told the share that has arrived. */
export async function send(item, { outbox, urls, owner, progress, halted }) {
  const token = await freshToken(urls.token, owner);
  if (token.problem) return token.problem;
  return item.kind === "words" ? sendWords(item, token.value) : sendBytes(item, token.value, { outbox, urls, progress, halted });
}

async function sendWords(item, token) {
  try {
    const answer = await fetch(item.address, {
      method: "POST",
      headers: { "X-CSRFToken": token, "Hearthline-Outbox": "1" },
      body: new URLSearchParams({ words: item.text }),
      redirect: "manual",
    });
    if (answer.type === "opaqueredirect") return "signed-out";
    if (answer.status >= 500) return "offline";
    return answer.ok ? "" : "refused";
  } catch {
    return "offline";
  }
}

async function sendBytes(item, token, { outbox, urls, progress, halted }) {
  const body = await outbox.body(item.id);
  if (!body) return "refused";
  let tus;
  try {
    tus = await library();
  } catch {
    return "offline";
  }
  return new Promise((resolve) => {
    const upload = new tus.Upload(new Blob([body]), {
      endpoint: urls.uploads,
      uploadUrl: item.url ?? null,
      retryDelays: RETRY_MS,
      storeFingerprintForResuming: false,
      headers: { "X-CSRFToken": token },
      metadata: {
        key: item.id,
        sha256: item.sha256,
        capture: item.capture,
        filename: item.name,
        view: item.view,
        anyway: item.anyway ? "yes" : "no",
      },
      onUploadUrlAvailable: () => {
        item.url = upload.url;
        outbox.put(item);
      },
      onProgress: (sent, whole) => {
        progress(sent / whole);
        if (halted()) upload.abort().then(() => resolve("paused"));
      },
      onShouldRetry: (error) => !NOT_AGAIN.has(error.originalResponse?.getStatus() ?? 0) && navigator.onLine,
      onError: (error) => resolve(problemOf(error.originalResponse?.getStatus() ?? 0)),
      onSuccess: () => resolve(""),
    });
    upload.start();
  });
}

function problemOf(status) {
  if (status === 401) return "signed-out";
  if (status === 507 || status === 429) return "disk";
  return status >= 400 && status < 500 && NOT_AGAIN.has(status) ? "refused" : "offline";
}
