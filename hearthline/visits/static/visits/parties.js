/* Whom one sees large, whether the clinicians speak apart, and by which way the visit goes: said on everybody's stage. */

const WAY_SAID_MS = 10000;

export class Parties {
  constructor({ call, words, root, onChoice }) {
    Object.assign(this, { call, words, root, onChoice });
    this.find = (name) => root.querySelector(`[data-${name}]`);
    this.find("wish")?.addEventListener("click", () => call.signalling.send({ kind: "wish", person: this.examiner?.id }));
    call.signalling.addEventListener("still", ({ detail }) => detail.state === "declined" && this.say(words.notNow));
    call.addEventListener("way", ({ detail }) => this.sayWay(detail));
  }

  /* Truthfully: from end to end between browsers only. Through the media server it stands there all the time. */
  sayWay({ way, why }) {
    clearTimeout(this.wayTimer);
    const isBack = why === "lost" ? this.words.serverLost : this.words.byBrowsers;
    this.showWay(way === "janus" ? this.words.byServer : isBack);
    if (way !== "janus") this.wayTimer = setTimeout(() => this.showWay(""), WAY_SAID_MS);
  }

  showWay(words) {
    this.find("way").textContent = words;
    this.find("way").hidden = !words;
  }

  /* One's own choice comes before what the host pinned for everybody; a second press takes it back. */
  get large() {
    if (this.own !== undefined) return this.own;
    return [...this.call.people.values()].find((person) => person.isPinned)?.id ?? null;
  }

  pinButton(peer) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "pin" });
    button.textContent = this.words.large;
    button.addEventListener("click", () => {
      this.own = this.large === peer.person ? null : peer.person;
      this.onChoice();
    });
    return button;
  }

  show(tiles) {
    for (const [peer, tile] of tiles) {
      const isLarge = this.large === peer.person;
      tile.classList.toggle("pinned", isLarge);
      tile.classList.toggle("examines", Boolean(this.call.people.get(peer.person)?.examinesWith));
      const button = tile.querySelector(".pin");
      button.setAttribute("aria-pressed", String(isLarge));
      button.setAttribute("aria-label", `${this.words.large}: ${this.call.people.get(peer.person)?.name ?? ""}`);
    }
    this.sayWhoShares();
    const notice = this.find("aside");
    notice.hidden = !this.call.aside;
    const words = this.call.aside ? this.asideWords : "";
    if (this.find("aside-words").textContent !== words) this.find("aside-words").textContent = words;
  }

  sayWhoShares() {
    const sharer = [...this.call.people.values()].find((person) => person.isSharing);
    const isMine = sharer?.id === this.call.me.id;
    const shared = isMine ? this.words.youShare : this.words.shares.replace("%(name)s", sharer?.name ?? "");
    const words = sharer ? shared : this.sayWhoExamines();
    if (words !== this.said) this.say(words);
    this.said = words;
  }

  /* Whose picture is an examination camera's: whole, not mirrored, and a clinician may ask for a still. */
  sayWhoExamines() {
    const { me, people } = this.call;
    this.find("self").classList.toggle("examines", Boolean(me.examinesWith));
    this.examiner = [...people.values()].find((one) => one.examinesWith && one.id !== me.id && one.isAside === me.isAside);
    this.find("wished")?.toggleAttribute("hidden", !this.examiner);
    const { name, examinesWith } = this.examiner ?? {};
    return this.examiner ? this.words.examines.replace("%(name)s", name).replace("%(device)s", this.words.devices[examinesWith]) : "";
  }

  say(words) {
    this.find("shares").textContent = words;
    this.find("shares").hidden = !words;
  }

  get asideWords() {
    return this.call.aside === "inside" ? this.words.asideInside : this.words.asideOutside;
  }
}
