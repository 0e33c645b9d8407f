/* The page "use a device": connects, shows what was read in plain words, asks "is this you?", keeps and sends it. */

import { Connection, ability, choose } from "./devices.js";
import { Forgetful } from "../design/forgetful.js";
import { Outbox, forgetEverything } from "../design/outbox.js";
import { send } from "./sending.js";

const UNKNOWN_USER = 255;
const RETRY_MS = 20000;
const data = JSON.parse(document.getElementById("take").textContent);
const { words, urls } = data;
const part = (name) => document.querySelector(`[data-${name}]`);
const outbox = data.isSharedBrowser ? new Forgetful() : new Outbox(data.owner);
const items = new Map();
let isSending = false;

function tell(sentence) {
  part("progress").textContent = sentence;
}

/* The same rule as on the server (rules.is_other_person): it asks again, so that a page without a weight is safe too. */
function isDoubtful(reading) {
  if (reading.user === UNKNOWN_USER) return true;
  const weight = reading.values.find(({ metric }) => metric === "weight");
  if (!weight || data.knownWeight === null) return false;
  const kilograms = Number(weight.text) * data.kilograms[weight.unit];
  return Math.abs(kilograms - data.knownWeight) > Math.min(data.otherPersonKilograms, data.knownWeight * data.otherPersonShare);
}

/* Zeros that only tell the device's precision are for the clinic, not for the eye. */
const plain = (text) => String(Number(text));

function valueWords(values) {
  const said = values.filter(({ special }) => !special);
  const [upper, lower] = ["systolic", "diastolic"].map((metric) => said.find((value) => value.metric === metric));
  const others = said.filter((value) => value !== upper && value !== lower && value.metric !== "mean-arterial-pressure");
  const lines = others.map(({ metric, text, unit }) => `${words.metrics[metric]} ${plain(text)} ${words.units[unit]}`);
  if (upper && lower) lines.unshift(`${words.pressure} ${plain(upper.text)}/${plain(lower.text)} ${words.units[upper.unit]}`);
  return lines.join(" · ");
}

function timeWords(reading) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  if (reading.at) return format.format(new Date(reading.at));
  const moved = reading.time ? new Date(Date.parse(reading.time) + reading.offsetMinutes * 60000) : new Date(reading.readAt);
  return format.format(moved);
}

function show(item) {
  let row = document.getElementById(`reading-${item.id}`);
  if (!row) {
    row = part("row").content.firstElementChild.cloneNode(true);
    row.id = `reading-${item.id}`;
    part("records").prepend(row);
    row.querySelector("[data-me]").addEventListener("click", () => answer(item.id));
    row.querySelector("[data-other]").addEventListener("click", () => drop(item.id));
    row.querySelector("[data-remove]").addEventListener("click", () => drop(item.id));
  }
  row.querySelector("[data-value]").textContent = valueWords(item.reading.values);
  row.querySelector("[data-when]").textContent = timeWords(item.reading);
  const tag = row.querySelector("[data-tag]");
  tag.className = `tag ${{ saved: "ok", ask: "watch", refused: "watch", waiting: "info" }[item.state]}`;
  tag.textContent = words.states[item.state];
  row.querySelector("[data-note]").textContent = item.note ?? "";
  row.querySelector("[data-question]").hidden = item.state !== "ask";
  row.querySelector("[data-remove]").hidden = item.state !== "refused";
  part("list").hidden = false;
}

async function keep(item) {
  items.set(item.id, item);
  if (item.state === "saved") await outbox.remove(item.id);
  else await outbox.put(item);
  show(item);
}

async function answer(id) {
  const item = items.get(id);
  await keep({ ...item, state: "waiting", note: "", reading: { ...item.reading, answer: "me" } });
  await flush();
}

async function drop(id) {
  items.delete(id);
  await outbox.remove(id);
  document.getElementById(`reading-${id}`)?.remove();
  tell(words.dropped);
}

/* The same measurement again (a device tells its memory each time) is the same line. */
function identity(described, record) {
  const time = record.at ?? record.time;
  return time ? [described.identifiers[0], time, record.offsetMinutes, record.sequence].join("|") : crypto.randomUUID();
}

async function take(described, record) {
  if (record.faults.length) {
    tell(words.faults[record.faults[0]] ?? words.faults.other);
    return;
  }
  const { values, time, at = null, offsetMinutes, user, marks, deviceClock } = record;
  const device = { ...described, isShared: part("shared").checked };
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(identity(described, record)));
  const id = [...new Uint8Array(digest).slice(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (items.has(id)) return;
  const readAt = new Date().toISOString();
  const reading = { id, device, values, time, at, offsetMinutes, user, marks, deviceClock, readAt, answer: "" };
  const state = isDoubtful(reading) ? "ask" : "waiting";
  await keep({ id, reading, state, note: state === "ask" ? words.isThisYou : "" });
  tell(words.read);
  await flush();
}

async function flush() {
  if (isSending) return;
  isSending = true;
  try {
    for (let waiting = pending(); waiting.length; waiting = pending()) {
      const result = await send(urls, waiting);
      if (result.problem) {
        tell(words.problems[result.problem]);
        break;
      }
      for (const { id, state, words: note } of result.answers) if (items.has(id)) await keep({ ...items.get(id), state, note });
      tell(words.sent);
      if (waiting.every(({ id }) => items.get(id)?.state === "waiting")) break;
    }
  } finally {
    isSending = false;
  }
}

const pending = () => [...items.values()].filter(({ state }) => state === "waiting");

async function connect() {
  const button = part("connect");
  tell(words.choosing);
  try {
    const device = await choose();
    if (!device) {
      tell(words.closed);
      return;
    }
    tell(words.connecting);
    button.disabled = true;
    const connection = new Connection(device, {
      onRecord: (record) => take(connection.described, record),
      onState: (state) => {
        tell(words.connection[state]);
        if (state === "gone") button.disabled = false;
      },
    });
    if (!(await connection.open())) tell(words.connection.unknown);
  } catch {
    button.disabled = false;
    tell(words.failed);
  }
}

async function begin() {
  for (const form of document.querySelectorAll('form[action$="/sign-out/"]')) form.addEventListener("submit", () => forgetEverything());
  await outbox.open();
  for (const item of await outbox.all()) {
    items.set(item.id, item);
    show(item);
  }
  addEventListener("online", flush);
  setInterval(() => pending().length && flush(), RETRY_MS);
  await flush();
  const can = await ability();
  part(can === "yes" ? "able" : can === "off" ? "off" : "unable").hidden = false;
  part("connect").addEventListener("click", connect);
  document.body.dataset.ready = can;
}

begin();
