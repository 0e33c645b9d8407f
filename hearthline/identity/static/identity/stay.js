// Warns before a stay ends for lack of use, and keeps what was typed when it did end: the page is covered, the person
// signs in again in another tab, and this page goes on with a fresh forgery token.
const holder = document.getElementById("stay");
const warning = document.getElementById("stay-warning");
const ended = document.getElementById("stay-ended");
const BACKGROUND = { headers: { "Hearthline-Background": "1", Accept: "application/json" }, cache: "no-store" };
let timer = 0;

function again(seconds) {
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(seconds, 1) * 1000);
}

async function status() {
  const answer = await fetch(holder.dataset.status, BACKGROUND);
  return answer.ok ? answer.json() : null;
}

function say(seconds) {
  const minutes = Math.ceil(seconds / 60);
  warning.querySelector("[data-minutes]").textContent = new Intl.NumberFormat(document.documentElement.lang).format(minutes);
}

function open(dialog) {
  if (!dialog.open) dialog.showModal();
}

function close(dialog) {
  if (dialog.open) dialog.close();
}

async function look() {
  const found = await status().catch(() => null);
  if (!found) return again(30);
  const warn = Number(holder.dataset.warn);
  if (!found.is_signed_in || found.seconds_left === 0) {
    close(warning);
    document.body.classList.add("covered");
    open(ended);
    return again(10);
  }
  if (found.user !== holder.dataset.user) {
    location.reload();
    return undefined;
  }
  for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = found.token;
  document.body.classList.remove("covered");
  close(ended);
  if (found.seconds_left <= warn) {
    say(found.seconds_left);
    open(warning);
    return again(Math.min(found.seconds_left, 15));
  }
  close(warning);
  return again(found.seconds_left - warn);
}

async function goOn() {
  const token = document.querySelector("#stay input[name=csrfmiddlewaretoken]").value;
  await fetch(holder.dataset.continue, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => null);
  close(warning);
  again(1);
}

if (holder && warning && ended) {
  warning.querySelector("[data-stay]").addEventListener("click", goOn);
  warning.addEventListener("cancel", (event) => { event.preventDefault(); goOn(); });
  ended.addEventListener("cancel", (event) => event.preventDefault());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  again(Number(holder.dataset.left) - Number(holder.dataset.warn));
}
