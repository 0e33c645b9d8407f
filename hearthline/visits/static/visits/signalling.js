/* Server-sent events down, POST up. One join per tab; the server gives it a nonce and numbers every event. */

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 8000;
const CANDIDATE_BATCH_MS = 15;
const GATHER_MS = 10_000;
const TERMINAL = ["superseded", "removed", "ended", "left", "signed-out", "expired"];
const EVENTS = ["person", "signal", "media", "admitted", "waiting", "chat", "typed", "file", "visit", "telephone", "fault", "wish", "still", "board", "mark", "unmark", ...TERMINAL];

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Refused extends Error {
  constructor(status, detail) {
    super(detail || `refused with ${status}`);
    this.status = status;
  }
}

export class Signalling extends EventTarget {
  constructor({ base, query = "", token, tab }) {
    super();
    this.base = base;
    this.query = query;
    this.token = token;
    this.tab = tab;
    this.after = 0;
    this.outgoing = [];
    this.gathered = [];
    this.closed = false;
  }

  async post(path, body, { keepalive = false } = {}) {
    const response = await fetch(`${this.base}${path}?${this.query}`, {
      method: "POST",
      keepalive,
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.token },
      body: JSON.stringify(body),
    });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Refused(response.status, answer.detail);
    return answer;
  }

  async join() {
    const answer = await this.post("join", { tab: this.tab });
    this.nonce = answer.join;
    this.number = answer.number;
    this.after = answer.after;
    this.open();
    return answer;
  }

  open() {
    if (this.closed) return;
    const source = new EventSource(`${this.base}stream?join=${this.nonce}&after=${this.after}&${this.query}`);
    this.source = source;
    source.onopen = () => {
      this.failures = 0;
      this.tell("connected", {});
    };
    source.onerror = () => {
      this.tell("unreachable", {});
      if (source.readyState === EventSource.CLOSED) this.reopen();
    };
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => this.arrived(name, event));
    }
  }

  async reopen() {
    this.source.close();
    this.failures = (this.failures ?? 0) + 1;
    await pause(Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** (this.failures - 1)));
    if (this.closed) return;
    if (this.failures % 3 === 0 && (await this.isGone())) return;
    this.open();
  }

  /* A stream that cannot be opened says no reason; an empty POST does. */
  async isGone() {
    try {
      await this.post("signal", { join: this.nonce, messages: [] });
    } catch (error) {
      if (error instanceof Refused && [401, 403, 404, 409].includes(error.status)) {
        this.close();
        this.tell("expired", {});
        return true;
      }
    }
    return false;
  }

  arrived(name, event) {
    if (this.closed) return;
    const number = Number(event.lastEventId);
    if (number) {
      if (number <= this.after) return;
      this.after = number;
    }
    if (TERMINAL.includes(name)) this.close();
    this.tell(name, JSON.parse(event.data));
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /* Messages leave one request at a time, so that their order is kept. */
  send(...messages) {
    if (this.closed) return;
    this.outgoing.push(...this.waiting(), ...messages);
    if (this.outgoing.length && !this.draining) this.draining = this.drain().finally(() => (this.draining = null));
  }

  /* What can wait goes along with the next message, or with others like it: a telephone's radio rests in between. */
  gather(message) {
    const now = performance.now();
    this.gathered.push({ at: now, message });
    if (now - this.gathered[0].at >= GATHER_MS) this.send();
  }

  waiting() {
    const now = performance.now();
    return this.gathered.splice(0).map(({ at, message }) => ({ ...message, secondsAgo: (now - at) / 1000 }));
  }

  async drain() {
    if (this.outgoing[0].kind === "candidates") await pause(CANDIDATE_BATCH_MS);
    for (let failures = 0; this.outgoing.length && !this.closed; ) {
      const messages = merge(this.outgoing);
      const taken = this.outgoing.length;
      try {
        await this.post("signal", { join: this.nonce, messages });
        this.outgoing.splice(0, taken);
        failures = 0;
      } catch (error) {
        if (error instanceof Refused && error.status < 500 && error.status !== 429) {
          this.outgoing.splice(0, taken);
          this.tell("refused", { status: error.status });
          continue;
        }
        failures += 1;
        await pause(Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** failures));
      }
    }
  }

  /* A new attempt at the connection makes what was not yet sent to that person worthless. */
  forget(to) {
    if (!this.draining) this.outgoing = this.outgoing.filter((message) => message.to !== to);
  }

  relay() {
    return this.post("relay", { join: this.nonce });
  }

  /* One screen for the whole visit: refused while somebody else shows theirs. */
  share(on) {
    return this.post("share", { join: this.nonce, on });
  }

  async leave() {
    if (this.closed) return;
    this.send();
    await Promise.race([this.draining, pause(RETRY_FIRST_MS)]);
    this.close();
    await this.post("leave", { join: this.nonce }, { keepalive: true }).catch(() => undefined);
  }

  close() {
    this.closed = true;
    this.source?.close();
  }
}

/* Neighbouring candidate messages for one person travel as one. */
export function merge(messages) {
  const merged = [];
  for (const message of messages) {
    const last = merged.at(-1);
    if (message.kind === "candidates" && last?.kind === "candidates" && last.to === message.to) {
      last.candidates = [...last.candidates, ...message.candidates];
    } else {
      merged.push({ ...message });
    }
  }
  return merged;
}
