/* Everyone in the call: makes, replaces and closes connections as the server tells who is admitted. No page in here. */

import { Faults } from "./faults.js";
import { Ladder } from "./ladder.js";
import { Modality } from "./modality.js";
import { Peer } from "./peer.js";
import { Quality } from "./quality.js";
import { Recovery } from "./recovery.js";
import { higher } from "./rungs.js";

const EARLY_MS = 5000;

export class Call extends EventTarget {
  constructor({ signalling, media }) {
    super();
    Object.assign(this, { signalling, media });
    this.people = new Map();
    this.peers = new Map();
    this.ladders = new Map();
    this.modality = new Modality({ call: this, signalling, media });
    this.faults = new Faults({ call: this, signalling, media });
    this.written = [];
    this.way = this.wanted = null;
    this.early = [];
    const on = (name, act) => signalling.addEventListener(name, ({ detail }) => act(detail));
    on("admitted", (detail) => this.admitted(detail));
    on("waiting", () => this.putBack());
    on("person", (person) => this.personChanged(person));
    on("signal", (message) => this.signalled(message));
    on("media", (detail) => this.goOver(detail));
    for (const name of ["superseded", "removed", "ended", "signed-out", "expired"]) on(name, () => this.hangUp());
  }

  /* An observer has neither camera nor microphone in the visit, so there is no way of taking part to tell of. */
  async start({ wantsVideo, cause }) {
    const answer = await this.signalling.join();
    this.me = answer.me;
    for (const person of answer.people) this.people.set(person.id, person);
    this.faults.tellOfDevices();
    if (this.me.role !== "observer") this.modality.start({ wantsVideo, cause });
    if (answer.ice) this.admitted(answer);
    return answer;
  }

  admitted({ ice, way, people, chat = [], files = [], typed = [], board = null }) {
    if (!ice) return;
    this.renewed(ice);
    this.written = [...chat, ...files].sort((one, other) => one.at.localeCompare(other.at));
    this.typed = typed;
    this.board = board;
    for (const person of people) this.people.set(person.id, person);
    this.me = this.people.get(this.me.id);
    this.tell("admitted", {});
    if (way !== "mesh") this.tell("way", { way });
    this.begin(way);
  }

  /* The media server's part is fetched only where it is needed; what comes in between waits for it. */
  async begin(way) {
    this.wanted = way;
    this.way = null;
    if (way === "janus") this.group ??= await import("./group.js");
    if (this.wanted !== way || !this.ice) return;
    this.way = way;
    this.publish();
    for (const person of this.people.values()) this.connect(person);
    const isNew = ({ at }) => performance.now() - at < EARLY_MS;
    for (const { message } of this.early.splice(0).filter(isNew)) this.signalled(message);
  }

  renewed(ice) {
    this.ice = ice;
    this.iceAt = performance.now();
    return ice;
  }

  /* Relay credentials end after some minutes; whoever comes later gets fresh ones, and nothing waits for them otherwise. */
  get renewal() {
    const isFresh = performance.now() - this.iceAt < (this.ice.seconds * 1000) / 2;
    if (isFresh) return null;
    this.renewing ??= this.signalling.relay().then((ice) => this.renewed(ice)).finally(() => (this.renewing = null));
    return this.renewing;
  }

  /* The same visit by another way: every connection is built anew, everything else stays as it is. */
  goOver({ way, why }) {
    if (!this.ice || way === this.wanted) return;
    this.closeAll();
    this.tell("way", { way, why });
    this.begin(way);
  }

  /* Others may go over a moment earlier: what they send by the new way waits for us. */
  signalled(message) {
    if ((message.by ?? "mesh") !== this.way) this.early.push({ message, at: performance.now() });
    else if (message.kind === "again") this.beginAgain();
    else if (message.from === this.signalling.number) this.publisher?.receive(message);
    else this.peers.get(message.from)?.receive(message);
  }

  publish() {
    this.publisher?.close();
    this.publisher = null;
    if (this.way !== "janus" || this.me.role === "observer") return;
    const { ice, renewal, media, signalling } = this;
    const send = (message) => signalling.send(message);
    const publisher = new this.group.Publisher({ number: signalling.number, ice, renewal, media, send });
    publisher.addEventListener("fault", ({ detail }) => this.tell("fault", detail));
    new Recovery({ peer: publisher, relay: () => signalling.relay(), onChange: () => undefined });
    new Quality({ peer: publisher, onSample: ({ measured }) => (publisher.uplink = measured.uplinkKilobits) });
    this.publisher = publisher;
  }

  /* The media server forgot us: it was started again. */
  beginAgain() {
    this.publisher?.restart(this.ice);
    for (const feed of this.peers.values()) feed.restart(this.ice);
  }

  /* Whatever sends our sound and pictures. */
  get senders() {
    return this.publisher ? [this.publisher] : [...this.peers.values()];
  }

  closeAll() {
    for (const number of [...this.peers.keys()]) this.close(number);
    this.publisher?.close();
    this.publisher = null;
  }

  putBack() {
    this.ice = null;
    this.closeAll();
    this.tell("put-back", {});
  }

  personChanged(person) {
    const before = this.people.get(person.id);
    this.people.set(person.id, person);
    if (person.id === this.me.id) this.meChanged(person);
    if (before?.number && this.isApart(person)) this.close(before.number);
    const isOut = person.state !== "admitted";
    if (before?.number && before.number !== person.number && (person.number || isOut)) this.close(before.number);
    if (isOut && person.number) this.close(person.number);
    this.connect(person);
    this.tell("people", { person, before });
  }

  /* Going apart, or back: whoever is in the other room is neither heard nor seen from this moment. */
  meChanged(person) {
    const hasMoved = person.isAside !== this.me.isAside;
    this.me = person;
    if (hasMoved && this.publisher) this.publish();
    for (const peer of [...this.peers.values()]) if (this.isApart(this.people.get(peer.person))) this.close(peer.number);
  }

  isApart(person) {
    return Boolean(person?.isAside) !== Boolean(this.me.isAside);
  }

  /* "inside": this person speaks apart with other clinicians; "outside": the clinicians do, without this person. */
  get aside() {
    if (this.me.isAside) return "inside";
    return [...this.people.values()].some((person) => person.isAside && person.state === "admitted") ? "outside" : "";
  }

  connect(person) {
    const { number } = person;
    const isMine = person.id === this.me.id || this.isApart(person);
    if (!this.ice || !this.way || isMine || !number || person.state !== "admitted" || this.peers.has(number)) return;
    const peer = new (this.way === "janus" ? this.group.Feed : Peer)({
      number,
      polite: this.signalling.number > number,
      ice: this.ice,
      renewal: this.renewal,
      media: this.media,
      send: (message) => this.signalling.send(message),
    });
    peer.person = person.id;
    this.peers.set(number, peer);
    this.listen(peer);
    const isOneWay = [person.role, this.me.role].includes("observer");
    if (person.modality !== "phone" && !isOneWay) this.climb(peer);
  }

  listen(peer) {
    const on = (name, act) => peer.addEventListener(name, ({ detail }) => act(detail));
    on("track", (detail) => this.tell("track", { peer, ...detail }));
    on("open", () => this.describeMe(peer));
    on("transient", (message) => this.heard(peer, message));
    on("fault", (detail) => this.tell("fault", detail));
    new Recovery({
      peer,
      relay: () => this.signalling.relay(),
      onChange: (change) => this.connectionChanged(peer, change),
    });
    new Quality({ peer, onSample: (sample) => this.sampled(peer, sample) });
  }

  /* The way out is one for all connections: what each carries counts together. It is known only where it holds a picture
     back: the estimate for a small picture on a good line stays small. */
  sampled(peer, sample) {
    peer.uplink = sample.measured.uplinkKilobits;
    const isKnown = this.senders.some((sender) => sender.isHeldBack);
    const uplinkKilobits = isKnown ? this.senders.reduce((sum, sender) => sum + (sender.uplink ?? 0), 0) : 0;
    this.tell("sample", { peer, sample: { ...sample, measured: { ...sample.measured, uplinkKilobits } } });
  }

  /* A telephone has no ladder: its line is its own, and it takes voice in one form. */
  climb(peer) {
    const ladder = new Ladder({
      peer,
      chosen: () => this.modality.chosen,
      onChange: (change) => this.rungChanged(peer, change),
      onStall: () => this.tell("fault", { kind: "stall" }),
    });
    this.ladders.set(peer.number, ladder);
  }

  connectionChanged(peer, change) {
    peer.state = change.state;
    peer.reconnects = (peer.reconnects ?? 0) + (change.recovered ? 1 : 0);
    const person = this.people.get(peer.person);
    if (change.state === "lost" && person?.number !== peer.number) this.close(peer.number);
    this.tell("connection", { peer, ...change });
  }

  rungChanged(peer, change) {
    this.modality.ladderMoved();
    this.publisher?.take(this.highestRung);
    this.tell("rung", { peer, ...change });
  }

  /* Our picture goes out while any line still takes one: on a bad line the voice has it alone, as between browsers. */
  get highestRung() {
    return [...this.peers.values()].map((peer) => peer.rung).filter(Boolean).reduce(higher, "text");
  }

  heard(peer, message) {
    if (typeof message.wantsVideo === "boolean") peer.wantPicture(message.wantsVideo);
    if (message.rung) this.ladders.get(peer.number)?.heard(message.rung);
    this.tell("transient", { peer, message });
  }

  describeMe(peer) {
    const microphone = this.media.track("microphone");
    const muted = !microphone?.enabled;
    const wantsVideo = this.modality.chosen === "video";
    peer.whisper({ muted, camera: Boolean(this.media.track("camera")), wantsVideo });
  }

  describeMeToAll() {
    for (const peer of this.peers.values()) this.describeMe(peer);
  }

  mute(muted) {
    const track = this.media.track("microphone");
    if (track) track.enabled = !muted;
    this.describeMeToAll();
  }

  async setCamera(on) {
    if (on) await this.media.openOne("camera");
    else this.media.drop("camera");
    await this.replaceEverywhere("camera");
    return Boolean(this.media.track("camera"));
  }

  async replaceEverywhere(role) {
    const track = this.media.track(role);
    await Promise.all(this.senders.map((sender) => sender.enqueue(() => sender.replace(role, track))));
    this.describeMeToAll();
  }

  async shareScreen() {
    await this.signalling.share(true);
    const track = await this.media.openScreen().catch(async (error) => {
      await this.signalling.share(false);
      throw error;
    });
    track.addEventListener("ended", () => this.stopSharing());
    for (const sender of this.senders) sender.share(track);
  }

  stopSharing() {
    for (const sender of this.senders) sender.stopSharing();
    this.media.drop("screen");
    this.signalling.share(false).catch(() => undefined);
    this.tell("sharing-stopped", {});
  }

  close(number) {
    const peer = this.peers.get(number);
    this.peers.delete(number);
    this.ladders.delete(number);
    peer?.close();
    if (peer) this.tell("gone", { peer });
  }

  hangUp() {
    this.closeAll();
    this.media.close();
  }

  async leave() {
    this.hangUp();
    await this.signalling.leave();
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
