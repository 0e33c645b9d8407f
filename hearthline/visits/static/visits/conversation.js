/* Chat and files. What is written goes to the server and into the record, then to everybody in the visit. */

export class Conversation {
  constructor({ call, data, root }) {
    Object.assign(this, { call, data, root, seen: new Set(), unread: 0 });
    this.find = (name) => root.querySelector(`[data-${name}]`);
    const { signalling } = call;
    signalling.addEventListener("chat", ({ detail }) => this.show(detail, true));
    signalling.addEventListener("file", ({ detail }) => this.show(detail, true));
    signalling.addEventListener("refused", () => this.fail());
    for (const line of call.written) this.show(line, false);
    this.find("say").addEventListener("submit", (event) => this.say(event));
    this.find("say").querySelector("textarea").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey) this.say(event);
    });
    this.find("file-form")?.addEventListener("change", (event) => this.send(event.target));
    const panel = this.find("thread").closest(".panel");
    if (panel.id) document.getElementById(panel.getAttribute("aria-labelledby")).addEventListener("click", () => this.clear());
  }

  isOpen() {
    const panel = this.find("thread").closest(".panel");
    return panel.id ? !panel.hidden : document.body.dataset.layout === "side";
  }

  /* The clinician's chat is a tab beside the call; everybody else's opens at the side. */
  toggle() {
    const panel = this.find("thread").closest(".panel");
    if (panel.id) document.getElementById(panel.getAttribute("aria-labelledby")).click();
    else document.body.dataset.layout = this.isOpen() ? "full" : "side";
    if (this.isOpen()) this.markRead();
    return this.isOpen();
  }

  clear() {
    this.unread = 0;
    for (const count of this.root.querySelectorAll("[data-unread]")) count.hidden = true;
  }

  markRead() {
    this.clear();
    this.find("say").querySelector("textarea").focus();
  }

  say(event) {
    event.preventDefault();
    const box = this.find("say").querySelector("textarea");
    const text = box.value.trim();
    if (!text) return;
    this.find("say-failed").hidden = true;
    this.call.signalling.send({ kind: "chat", text, key: this.lineKey() });
    this.key = null;
    box.value = "";
  }

  /* One key for a line from its first letter on: letters and the line that they become belong together. */
  lineKey() {
    return (this.key ??= crypto.randomUUID());
  }

  fail(words) {
    const line = this.find("say-failed");
    if (!line) return; /* the call has left the page */
    line.textContent = words || this.data.words.sendFailed;
    line.hidden = false;
  }

  async send(input) {
    const [file] = input.files;
    if (!file) return;
    const form = new FormData();
    form.append("file", file);
    const headers = { "X-CSRFToken": this.data.token };
    const answer = await fetch(this.data.urls.files, { method: "POST", headers, body: form });
    input.value = "";
    if (!answer.ok) this.fail((await answer.json().catch(() => ({}))).detail);
  }

  show(line, isNew) {
    if (this.seen.has(line.id)) return;
    this.seen.add(line.id);
    const item = document.createElement("li");
    const isMine = line.from === this.call.me.id;
    if (isMine) item.className = "mine";
    const meta = Object.assign(document.createElement("p"), { className: "meta" });
    const name = Object.assign(document.createElement("b"), { textContent: isMine ? this.data.words.you : line.name });
    const time = new Date(line.at).toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
    meta.append(name, Object.assign(document.createElement("time"), { textContent: time }));
    const said = Object.assign(document.createElement("p"), { className: "said", dir: "auto" });
    said.append(line.file ? this.link(line) : line.text);
    item.append(meta, said);
    this.find("thread").append(item);
    this.find("thread-empty").hidden = true;
    item.scrollIntoView({ block: "nearest" });
    if (isNew && !isMine && !this.isOpen()) this.count();
  }

  link(line) {
    if (!this.data.urls.files) return line.file;
    const href = `${this.data.urls.files}${line.id}/`;
    return Object.assign(document.createElement("a"), { href, target: "_blank", rel: "noopener", textContent: line.file });
  }

  count() {
    this.unread += 1;
    for (const count of this.root.querySelectorAll("[data-unread]")) {
      count.textContent = this.unread;
      count.hidden = false;
    }
  }
}
