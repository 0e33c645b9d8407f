/* Camera, microphone, speaker and network, as four living things; every fault has its advice. */

import { Level } from "./level.js";
import { Media } from "./media.js";
import { testNetwork } from "./network-test.js";

const IN_APP = /FBAN|FBAV|Instagram|Line\/|WhatsApp|Snapchat|TikTok|musical_ly|; wv\)|GSA\//;
const TONE_HZ = [523, 659, 784];
const TONE_SECONDS = 0.25;

const { url, words } = JSON.parse(document.getElementById("check").textContent);
const form = document.querySelector("[data-findings]");
const media = new Media();

const card = (name) => document.querySelector(`[data-check="${name}"]`);

function find(name, state, sentence) {
  const part = card(name);
  form.elements[name].value = state;
  const isGood = state === "ok";
  const label = part.querySelector("[data-tag]");
  label.className = isGood ? "tag ok" : "tag watch";
  label.textContent = isGood ? words.good : words.attention;
  const line = part.querySelector("[data-words]");
  line.textContent = sentence;
  line.hidden = !sentence;
  part.querySelector("[data-again]")?.toggleAttribute("hidden", isGood);
  const isAllGood = ["camera", "microphone", "speaker"].every((device) => form.elements[device].value === "ok");
  const button = form.querySelector("[data-go-on]");
  if (isAllGood) button.textContent = button.dataset.good;
}

function looking(name) {
  const label = card(name).querySelector("[data-tag]");
  label.className = "tag info";
  label.textContent = words.looking;
}

function fault(device, reason) {
  return words[`${device}${reason[0].toUpperCase()}${reason.slice(1)}`] ?? words.unsupported;
}

async function checkCamera() {
  looking("camera");
  const track = await media.openOne("camera");
  if (!track) {
    find("camera", media.faults.camera, fault("camera", media.faults.camera));
    return;
  }
  document.querySelector("[data-picture]").srcObject = new MediaStream([track]);
  find("camera", "ok", "");
}

async function checkMicrophone() {
  looking("microphone");
  const track = await media.openOne("microphone");
  if (!track) {
    find("microphone", media.faults.microphone, fault("microphone", media.faults.microphone));
    return;
  }
  card("microphone").querySelector("[data-words]").textContent = words.speak;
  const level = new Level(track, document.querySelector("[data-level]"));
  level.onHeard = () => find("microphone", "ok", words.heard);
}

function play() {
  const audio = new AudioContext();
  TONE_HZ.forEach((frequency, index) => {
    const tone = new OscillatorNode(audio, { frequency });
    const volume = new GainNode(audio, { gain: 0.2 });
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + index * TONE_SECONDS);
    tone.stop(audio.currentTime + (index + 1) * TONE_SECONDS);
  });
  card("speaker").querySelector("[data-heard]").hidden = false;
}

function checkSpeaker() {
  const part = card("speaker");
  const advice = part.querySelector("[data-words]").textContent;
  part.querySelector("[data-play]").addEventListener("click", play);
  part.querySelector("[data-yes]").addEventListener("click", () => find("speaker", "ok", ""));
  part.querySelector("[data-no]").addEventListener("click", () => find("speaker", "failed", advice));
}

async function checkNetwork() {
  looking("network");
  const bar = card("network").querySelector("[data-progress]");
  const token = form.elements.csrfmiddlewaretoken.value;
  const result = await testNetwork({ url, token, media, onProgress: (percent) => (bar.value = percent) });
  bar.hidden = true;
  form.elements.transport.value = result.transport;
  form.elements.round_trip_ms.value = result.roundTripMs ?? "";
  form.elements.kilobits_per_second.value = result.kilobitsPerSecond ?? "";
  const sentence = { ok: words.networkGood, weak: words.networkWeak, failed: words.networkFailed, unknown: words.networkNone };
  if (result.state === "ok" && result.transport !== "udp") sentence.ok = words.networkTcp;
  find("network", result.state, sentence[result.state]);
}

function warnOfInAppBrowser() {
  if (!IN_APP.test(navigator.userAgent)) return;
  const notice = document.querySelector("[data-in-app]");
  notice.textContent = words.inApp;
  notice.hidden = false;
  form.elements.is_in_app_browser.value = "on";
}

async function checkAll() {
  warnOfInAppBrowser();
  checkSpeaker();
  const checks = { camera: checkCamera, microphone: checkMicrophone, network: checkNetwork };
  for (const [name, check] of Object.entries(checks)) {
    card(name).querySelector("[data-again]").addEventListener("click", check);
  }
  await checkCamera();
  await checkMicrophone();
  await checkNetwork();
}

checkAll();
