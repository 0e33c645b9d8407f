/* The room of one visit: waiting, then the call, then the end. Joins the modules; each does one thing. */

import { Call } from "./call.js";
import { Controls } from "./controls.js";
import { Conversation } from "./conversation.js";
import { startEmergency } from "./emergency.js";
import { Media } from "./media.js";
import { People } from "./people.js";
import { startPanels } from "./panels.js";
import { Signalling } from "./signalling.js";
import { Stage } from "./stage.js";
import { Captions } from "./captions.js";
import { LiveText } from "./live-text.js";
import { Telephone } from "./telephone.js";
import { Trouble } from "./trouble.js";
import { Waiting, showEnd } from "./waiting.js";

const data = JSON.parse(document.getElementById("room").textContent);
const words = data.words;
const tab = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
const signalling = new Signalling({ base: data.base, query: data.query, token: data.token, tab });
const media = new Media();
const call = new Call({ signalling, media });
const isClinician = data.kind === "clinician";
const waiting = isClinician ? null : new Waiting({ media, data, signalling });
let room = null;
const rare = new Map();

/* The patient's page becomes the call in place: nothing is loaded between "let in" and the first picture. */
function openCall() {
  if (room) return;
  if (!isClinician) waiting.becomeCall();
  const stage = new Stage({ call, media, words, root: document.body });
  const conversation = new Conversation({ call, data, root: document.body });
  const controls = new Controls({ call, media, stage, conversation, words, root: document.body, leave, openRare });
  room = { stage, conversation, controls };
  new LiveText({ call, conversation, root: document.body });
  new Captions({ call, data, root: document.body });
  if (isClinician) {
    new People({ call, data, root: document.body });
    new Telephone({ call, root: document.body });
    startPanels(document.body);
  }
  if (call.board?.id) openRare("board");
  window.addEventListener("beforeunload", warn);
}

/* What is opened rarely is loaded then. */
async function openRare(name, detail) {
  const place = document.querySelector(`[data-rare="${name}"]`);
  rare.set(name, rare.get(name) ?? import(`./${name}.js`).then(({ start }) => start({ call, media, data, stage: room.stage, place })));
  (await rare.get(name)).open(detail);
}

function warn(event) {
  event.preventDefault();
}

/* Who is put back begins a fresh page: the parts of the call before would go on listening. */
function waitAgain() {
  window.removeEventListener("beforeunload", warn);
  location.reload();
}

async function leave() {
  window.removeEventListener("beforeunload", warn);
  await call.leave();
  location.assign(data.after);
}

function over(name) {
  window.removeEventListener("beforeunload", warn);
  room?.stage.end();
  if (!isClinician && room) waiting.becomeWaiting();
  if (name === "ended" && isClinician) location.assign(data.after);
  else showEnd({ name, data });
}

signalling.addEventListener("board", ({ detail }) => detail.id && openRare("board"));
signalling.addEventListener("wish", ({ detail }) => openRare("examination", detail));
call.addEventListener("admitted", openCall);
call.addEventListener("put-back", waitAgain);
for (const [event, name] of [
  ["superseded", "superseded"],
  ["removed", "removed"],
  ["ended", "ended"],
  ["signed-out", "signedOut"],
  ["expired", "expired"],
]) {
  signalling.addEventListener(event, () => over(name));
}

startEmergency(document.body);
new Trouble({ call, media, words: data.trouble, root: document.body });
/* An observer sends nothing, so nothing is opened. */
const faults = data.role === "observer" ? Promise.resolve({}) : media.open({ video: data.wantsVideo });
if (waiting) faults.then((found) => waiting.showMedia(found));
try {
  await faults;
  await call.start({ wantsVideo: data.wantsVideo, cause: data.voiceCause });
} catch (error) {
  showEnd({ name: "expired", data, detail: error.message });
}
