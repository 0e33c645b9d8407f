/* Everyone in the call: makes, replaces and closes connections as the server tells who is admitted. No page in here. */

import { Faults } from "./faults.js";
import { Ladder } from "./ladder.js";
import { Modality } from "./modality.js";
import { Peer } from "./peer.js";
import { Quality } from "./quality.js";
import { Recovery } from "./recovery.js";

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
    const on = (name, act) => signalling.addEventListener(name, ({ detail }) => act(detail));
    on("admitted", (detail) => this.admitted(detail));
    on("waiting", () => this.putBack());
    on("person", (person) => this.personChanged(person));
    on("signal", (message) => this.peers.get(message.from)?.receive(message));
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

  admitted({ ice, people, chat = [], files = [], typed = [], board = null }) {
    if (!ice) return;
    this.ice = ice;
    this.written = [...chat, ...files].sort((one, other) => one.at.localeCompare(other.at));
    this.typed = typed;
    this.board = board;
    for (const person of people) this.people.set(person.id, person);
    this.me = this.people.get(this.me.id);
    this.tell("admitted", {});
    for (const person of this.people.values()) this.connect(person);
  }

  putBack() {
    this.ice = null;
    for (const number of [...this.peers.keys()]) this.close(number);
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
    this.me = person;
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
    if (!this.ice || isMine || !number || person.state !== "admitted" || this.peers.has(number)) return;
    const peer = new Peer({
      number,
      polite: this.signalling.number > number,
      ice: this.ice,
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
    new Quality({ peer, onSample: (sample) => this.tell("sample", { peer, sample }) });
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
    this.tell("rung", { peer, ...change });
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
    await Promise.all([...this.peers.values()].map((peer) => peer.enqueue(() => peer.replace(role, track))));
    this.describeMeToAll();
  }

  async shareScreen() {
    await this.signalling.share(true);
    const track = await this.media.openScreen().catch(async (error) => {
      await this.signalling.share(false);
      throw error;
    });
    track.addEventListener("ended", () => this.stopSharing());
    for (const peer of this.peers.values()) peer.share(track);
  }

  stopSharing() {
    for (const peer of this.peers.values()) peer.stopSharing();
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
    for (const number of [...this.peers.keys()]) this.close(number);
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
