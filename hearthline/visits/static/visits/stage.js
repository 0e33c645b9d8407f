/* The others, large; oneself, small and movable; one sentence about the connection. */

import { Parties } from "./parties.js";
import { hasPicture } from "./rungs.js";
import { SelfView } from "./self-view.js";

const WEAK_SCORE = 3.1;
const FAIR_SCORE = 3.6; // below, the desk hears of it at once
const GOOD_SCORE = 4.3;
const CLOCK_MS = 1000;

/* As the server's filter of this name: without title and degree. */
function initials(name) {
  const words = name.split(",")[0].split(/\s+/).filter((word) => /^\p{L}/u.test(word) && !word.endsWith("."));
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0]).join("").toUpperCase();
}

export class Stage {
  constructor({ call, media, words, root }) {
    Object.assign(this, { call, words, root });
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.tiles = new Map();
    this.scores = new Map();
    this.lost = new Set();
    this.withoutCamera = new Set();
    this.self = new SelfView({ media, figure: this.find("self"), words });
    this.parties = new Parties({ call, words, root, onChoice: () => this.describe() });
    this.sayFault(Object.values(media.faults)[0]);
    const on = (name, act) => call.addEventListener(name, ({ detail }) => this.isOver || act(detail));
    on("track", (detail) => this.addTrack(detail));
    on("gone", ({ peer }) => this.remove(peer));
    on("people", () => this.describe());
    on("transient", (detail) => this.heard(detail));
    on("connection", (detail) => this.connection(detail));
    on("sample", ({ peer, sample }) => this.sampled(peer, sample));
    on("modality", () => this.describe());
    on("rung", () => this.describe());
    call.signalling.addEventListener("unreachable", () => this.reach(false));
    call.signalling.addEventListener("connected", () => this.reach(true));
    this.startedAt = Date.now();
    this.clock = setInterval(() => this.tick(), CLOCK_MS);
    this.describe();
  }

  /* The call has left the page; what its connections still tell has no place there. */
  end() {
    this.isOver = true;
    clearInterval(this.clock);
  }

  /* Said once, in the call too: whoever comes back by a refresh never saw the waiting room. */
  sayFault(fault) {
    if (!fault) return;
    const notice = this.find("call-fault");
    notice.querySelector("p").textContent = this.words[fault === "denied" ? "denied" : "missing"];
    notice.querySelector("button").addEventListener("click", () => (notice.hidden = true), { once: true });
    notice.hidden = false;
  }

  tile(peer) {
    if (!this.tiles.has(peer)) {
      const figure = document.createElement("figure");
      figure.className = "tile";
      figure.dataset.peer = peer.number;
      const caption = document.createElement("figcaption");
      caption.append(Object.assign(document.createElement("bdi"), { textContent: this.nameOf(peer) }));
      caption.append(document.createElement("span"));
      const avatar = document.createElement("span");
      avatar.className = "avatar large";
      avatar.ariaHidden = "true";
      figure.append(avatar, caption, this.parties.pinButton(peer));
      this.find("tiles").append(figure);
      this.tiles.set(peer, figure);
    }
    return this.tiles.get(peer);
  }

  nameOf(peer) {
    return this.call.people.get(peer.person)?.name ?? "";
  }

  addTrack({ peer, track, role }) {
    /* A screen counts only of whoever the server says shares. */
    if (role === "screen" && !this.call.people.get(peer.person)?.isSharing) return;
    const element = document.createElement(track.kind === "audio" ? "audio" : "video");
    element.autoplay = true;
    element.playsInline = true;
    element.dataset.role = role;
    element.srcObject = new MediaStream([track]);
    const tile = this.tile(peer);
    tile.querySelector(`[data-role="${role}"]`)?.remove();
    tile.prepend(element);
    if (track.kind === "video") this.watchPicture(tile, element, track);
    element.play().catch(() => this.askToHear(element));
    this.describe();
  }

  watchPicture(tile, element, track) {
    const isScreen = element.dataset.role === "screen";
    if (isScreen) tile.classList.add("whole");
    const show = () => {
      element.hidden = track.muted;
      if (isScreen) tile.classList.toggle("whole", !track.muted);
      this.describe();
    };
    track.addEventListener("mute", show);
    track.addEventListener("unmute", show);
    track.addEventListener("ended", () => (element.remove(), tile.classList.remove("whole")));
  }

  /* A browser may want a press before it plays sound. */
  askToHear(element) {
    const button = this.find("hear");
    button.hidden = false;
    button.addEventListener("click", () => (element.play(), (button.hidden = true)), { once: true });
  }

  heard({ peer, message }) {
    if (message.muted === undefined) return;
    const tile = this.tile(peer);
    const notes = [];
    if (this.call.people.get(peer.person)?.role === "observer") notes.push(this.words.observer);
    else if (message.muted) notes.push(this.words.muted);
    if (!message.camera && !notes.includes(this.words.observer)) notes.push(this.words.cameraOff);
    tile.querySelector("figcaption span").textContent = notes.length ? ` · ${notes.join(" · ")}` : "";
    if (message.camera) this.withoutCamera.delete(peer);
    else this.withoutCamera.add(peer);
    this.showPicture(peer, tile);
  }

  /* On voice the last picture must not stand there as if it were now. */
  showPicture(peer, tile) {
    const isHeld = this.call.modality.chosen === "video" && peer.rung && !hasPicture(peer.rung);
    const isOff = this.withoutCamera.has(peer) || Boolean(isHeld);
    const camera = tile.querySelector('[data-role="camera"]');
    if (camera) camera.hidden = isOff || camera.srcObject.getTracks()[0].muted;
    tile.classList.toggle("no-picture", isOff);
  }

  remove(peer) {
    this.tiles.get(peer)?.remove();
    for (const kept of [this.tiles, this.scores, this.lost, this.withoutCamera]) kept.delete(peer);
    this.describe();
  }

  connection({ peer, state }) {
    if (state === "lost") this.lost.add(peer);
    else this.lost.delete(peer);
    this.describe();
  }

  sampled(peer, sample) {
    /* The first seconds of a connection say little; one bad moment is not a weak line. */
    const before = this.scores.get(peer);
    this.scores.set(peer, before === undefined ? GOOD_SCORE : (before + sample.mos) / 2);
    const { signalling } = this.call;
    signalling.gather({ kind: "quality", ...sample.measured, reconnects: peer.reconnects ?? 0 });
    if (sample.mos < FAIR_SCORE) signalling.send();
    this.describe();
  }

  reach(isReached) {
    this.isUnreachable = !isReached;
    if (!this.isOver) this.describe();
  }

  describe() {
    const others = [...this.call.peers.values()];
    const isConnected = others.some((peer) => peer.state === "connected");
    const [state, words] = this.sentence(others, isConnected);
    const line = this.find("link-state");
    line.dataset.state = state;
    line.dataset.rung = others.map((peer) => peer.rung).find(Boolean) ?? "";
    if (line.textContent !== words) line.textContent = words;
    this.find("nobody").hidden = (others.length > 0 && isConnected) || Boolean(this.call.aside);
    this.find("nobody-words").textContent = others.length ? this.words.connecting : this.words.waitingFor;
    for (const [peer, tile] of this.tiles) {
      const name = this.nameOf(peer);
      this.showPicture(peer, tile);
      tile.querySelector("bdi").textContent = name;
      tile.querySelector(".avatar").textContent = initials(name);
    }
    this.parties.show(this.tiles);
  }

  sentence(others, isConnected) {
    const { words } = this;
    if (this.lost.size) return ["lost", words.lost];
    if (!others.length) return ["voice", words.alone];
    if (!isConnected) return ["voice", words.connecting];
    if (this.isUnreachable) return ["weak", words.unreachable];
    const { current, isByLink } = this.call.modality;
    const isWeak = [...this.scores.values()].some((score) => score < WEAK_SCORE);
    if (isByLink) return ["voice", isWeak ? words.weakVoice : words.switchedToVoice];
    if (isWeak) return ["weak", current === "video" ? words.weakHint : words.weakVoice];
    return { video: ["good", words.good], audio: ["voice", words.voice], text: ["voice", words.inText] }[current];
  }

  tick() {
    const minutes = Math.floor((Date.now() - this.startedAt) / 60000);
    const seconds = Math.floor((Date.now() - this.startedAt) / 1000) % 60;
    const clock = this.find("minutes");
    if (clock) clock.textContent = this.call.peers.size ? `${minutes}:${String(seconds).padStart(2, "0")}` : "";
  }
}
