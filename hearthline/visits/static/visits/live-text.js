/* Real-time text: what one writes is read letter by letter, like speech is heard. It goes by the clinic's own door and
   not by the call, so it outlives every change and loss of the line; each state is the whole line, so none is missed. */

const EVERY_MS = 300; /* As text over IP is buffered (RFC 4103, 5.1). */

export class LiveText {
  constructor({ call, conversation, root }) {
    Object.assign(this, { call, conversation, root });
    this.box = root.querySelector("[data-say] textarea");
    this.switch = root.querySelector("[data-live-text]");
    this.lines = new Map();
    this.box.addEventListener("input", () => this.wrote());
    this.switch.addEventListener("change", () => this.switched());
    call.signalling.addEventListener("typed", ({ detail }) => this.show(detail));
    call.signalling.addEventListener("chat", ({ detail }) => this.show({ from: detail.from, text: "" }));
    call.addEventListener("people", ({ detail }) => this.personChanged(detail.person));
    for (const line of call.typed ?? []) this.show(line);
  }

  wrote() {
    if (!this.switch.checked || this.timer) return;
    this.timer = setTimeout(() => this.send(), EVERY_MS);
  }

  /* What became a line of chat meanwhile has an empty box and no key: there is nothing left to send. */
  send() {
    this.timer = null;
    if (!this.box.value && !this.conversation.key) return;
    const text = this.switch.checked ? this.box.value : "";
    this.call.signalling.send({ kind: "typed", text, key: this.conversation.lineKey() });
  }

  switched() {
    if (this.switch.checked) this.wrote();
    else this.send();
  }

  personChanged({ id, state }) {
    if (state !== "admitted" && this.lines.has(id)) this.show({ from: id, text: "" });
  }

  show({ from, name, text }) {
    const line = this.lines.get(from) ?? this.make(from);
    line.hidden = !text;
    if (name) line.querySelector("b").textContent = name;
    line.querySelector("span").textContent = text;
    if (text) line.scrollIntoView({ block: "nearest" });
  }

  make(from) {
    const line = Object.assign(document.createElement("p"), { className: "typed", dir: "auto" });
    line.append(document.createElement("b"), document.createElement("span"));
    this.root.querySelector("[data-typed]").append(line);
    this.lines.set(from, line);
    return line;
  }
}
