/* Sends waiting readings. Nothing leaves the outbox before the clinic says that it has it. */

const AT_ONCE = 100;

/* Answers by id; or a word for why nothing could be sent: "offline", "signed-out", "refused". */
export async function send(urls, items) {
  const token = await freshToken(urls.token);
  if (token.problem) return token;
  const batch = items.slice(0, AT_ONCE);
  const readings = batch.map((item) => item.reading);
  let response;
  try {
    response = await fetch(urls.save, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token.value },
      body: JSON.stringify({ sent_at: new Date().toISOString(), readings }),
      redirect: "manual",
    });
  } catch {
    return { problem: "offline" };
  }
  if (response.type === "opaqueredirect") return { problem: "signed-out" };
  if (response.status >= 500 || response.status === 429) return { problem: "offline" };
  if (!response.ok) return { problem: "refused" };
  return { answers: (await response.json()).answers };
}

/* The forgery token changes when somebody signs in again, so a page that slept asks for the one of today. */
async function freshToken(url) {
  try {
    const response = await fetch(url, { redirect: "manual", headers: { "Hearthline-Background": "1" } });
    if (response.type === "opaqueredirect") return { problem: "signed-out" };
    if (!response.ok) return { problem: "offline" };
    return { value: (await response.json()).token };
  } catch {
    return { problem: "offline" };
  }
}
