/* "They cannot hear me": the steps that fit this browser and what is known of both sides, and a step down the ladder. */

/* Where a browser keeps its permissions; the page has words for each. */
function browser() {
  const agent = navigator.userAgent;
  if (/iPhone|iPad/.test(agent)) return "allowPhoneSafari";
  if (/Firefox/.test(agent)) return "allowFirefox";
  if (/Safari/.test(agent) && !/Chrome|Chromium|Android/.test(agent)) return "allowSafari";
  return "allow";
}

const DEVICES = { microphone: ["microphoneMissing", "microphoneBusy"], camera: ["cameraMissing", "cameraBusy"] };

export class Trouble {
  constructor({ call, media, words, root }) {
    Object.assign(this, { call, media, words, root });
    this.dialog = root.querySelector("#trouble");
    this.theirs = new Map(); /* by person: what their browser told */
    this.quiet = new Map(); /* by person: muted, without camera */
    call.signalling.addEventListener("fault", ({ detail }) => this.theirs.set(detail.person, detail));
    call.addEventListener("transient", ({ detail }) => this.quiet.set(detail.peer.person, detail.message));
    root.addEventListener("click", (event) => this.pressed(event.target));
  }

  pressed(target) {
    if (target.closest("[data-trouble]")) return this.open();
    if (!target.closest("#trouble")) return;
    const { case: named, presses } = target.closest("button")?.dataset ?? {};
    if (named) this.show(this[named]());
    if (presses) this.root.querySelector(`[data-control="${presses}"][aria-pressed="false"]`)?.click();
    if (presses || target.closest("[data-closes]")) this.dialog.close();
  }

  open() {
    this.show([]);
    this.find("own").textContent = this.say(this.own());
    this.find("other").textContent = this.say(this.other());
    this.dialog.showModal();
  }

  find(name) {
    return this.dialog.querySelector(`[data-trouble-${name}]`);
  }

  say(keys) {
    return keys.map((key) => this.words[key]).join(" ");
  }

  show(steps) {
    const lines = steps.map((key) => Object.assign(document.createElement("li"), { textContent: this.words[key] }));
    this.find("steps").replaceChildren(...lines);
  }

  /* What this browser says of a device: denied, missing or busy; else nothing. */
  device(role) {
    const [missing, busy] = DEVICES[role];
    const fault = this.media.faults[role];
    if (fault === "denied") return [browser(), "again"];
    if (fault === "busy") return [busy, "again"];
    if (fault || !this.media.track(role)) return [missing, "again"];
    return [];
  }

  notHeard() {
    const device = this.device("microphone");
    if (device.length) return device;
    if (!this.media.track("microphone").enabled) return ["unmute"];
    return ["rightMicrophone", "theirSpeaker", "again"];
  }

  notSeen() {
    if (this.call.modality.isByLink) return ["weakLine"];
    if (this.media.faults.camera) return this.device("camera");
    if (!this.media.track("camera")) return ["cameraOn"];
    return ["cover", "again"];
  }

  cannotHear() {
    return [...(this.isQuiet("muted", true) ? ["askUnmute"] : []), "volume", "headset", "again"];
  }

  cannotSee() {
    if (this.isQuiet("camera", false)) return ["askCamera"];
    return this.call.modality.isByLink ? ["weakLine"] : ["again"];
  }

  isQuiet(name, value) {
    return [...this.quiet.values()].some((message) => message[name] === value);
  }

  own() {
    const broken = Object.keys(DEVICES).filter((role) => this.media.faults[role]);
    const faults = broken.flatMap((role) => this.device(role)).filter((key) => key !== "again");
    if (this.media.track("microphone")?.enabled === false) faults.push("youMuted");
    if (this.call.modality.isByLink) faults.push("weakLine");
    return faults.length ? [...new Set(faults)] : ["fine"];
  }

  other() {
    const peers = [...this.call.peers.values()];
    if (!peers.length) return ["nobody"];
    const known = peers.flatMap((peer) => [this.theirs.get(peer.person)?.fault].filter(Boolean)).map((kind) => `their_${kind}`);
    if (peers.some((peer) => peer.state !== "connected")) known.push("theirLost");
    if (this.isQuiet("muted", true)) known.push("theirMuted");
    if (this.isQuiet("camera", false)) known.push("theirCameraOff");
    return known.length ? [...new Set(known)] : ["fine"];
  }
}
