/* The clinician's list of who is here and who waits, and decisions sent without leaving the page. */

import { actionsFor, tagsOf } from "./person.js";

export class People {
  constructor({ call, data, root }) {
    Object.assign(this, { call, data, root });
    this.find = (name) => root.querySelector(`[data-${name}]`);
    call.signalling.addEventListener("still", () => this.refreshFacts());
    root.addEventListener("submit", (event) => event.target.matches("[data-still-remove]") && this.removeStill(event));
    call.addEventListener("people", ({ detail }) => this.changed(detail.person));
    for (const form of root.querySelectorAll("form[data-decision]")) {
      form.addEventListener("submit", (event) => this.submit(event, form));
    }
    for (const button of root.querySelectorAll("[data-opens]")) {
      button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
    }
    for (const button of root.querySelectorAll("[data-closes]")) {
      button.addEventListener("click", () => button.closest("dialog").close());
    }
    this.find("link-copy").addEventListener("click", () => this.copy());
    this.find("aside-back").addEventListener("click", () => this.decide("back", {}));
    this.show();
  }

  changed(person) {
    this.show();
    if (["patient", "caregiver"].includes(person.role)) this.refreshFacts();
  }

  /* Where the patient is and what they answered may have come after this page was opened. */
  async refreshFacts() {
    const answer = await fetch(location.href, { headers: { "Hearthline-Background": "1" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of [".call-bar .known", "#panel-before"]) {
      const [fresh, shown] = [page.querySelector(part), this.root.querySelector(part)];
      if (fresh && shown && fresh.innerHTML !== shown.innerHTML) shown.replaceChildren(...fresh.childNodes);
    }
  }

  async removeStill(event) {
    event.preventDefault();
    const headers = { Accept: "application/json" };
    await fetch(event.target.action, { method: "POST", headers, body: new FormData(event.target) });
    await this.refreshFacts();
  }

  async decide(decision, fields) {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    const headers = { "X-CSRFToken": this.data.token, Accept: "application/json" };
    const answer = await fetch(`${this.data.urls.decide}${decision}/`, { method: "POST", headers, body });
    const result = await answer.json().catch(() => ({}));
    if (!answer.ok) this.say(result.detail ?? this.data.words.sendFailed);
    return answer.ok ? result : null;
  }

  say(words) {
    const notice = this.find("link");
    notice.hidden = false;
    this.find("link-words").textContent = words;
  }

  async submit(event, form) {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form));
    const result = await this.decide(form.dataset.decision, fields);
    if (!result) return;
    if (["invite", "ask-colleague"].includes(form.dataset.decision)) this.invited(form, result);
    if (form.dataset.decision === "pin") this.say(`${result.number} · ${result.pin}`);
    if (form.dataset.decision === "lock") this.locked(form);
  }

  invited(form, { link, name }) {
    this.say(name);
    this.find("link-value").value = link;
    form.reset();
  }

  locked(form) {
    const field = form.elements.locked;
    field.value = field.value === "yes" ? "no" : "yes";
  }

  async copy() {
    await navigator.clipboard.writeText(this.find("link-value").value);
    this.say(this.data.words.copied);
  }

  show() {
    const others = [...this.call.people.values()].filter((person) => person.id !== this.call.me.id);
    const here = others.filter((person) => person.state !== "outside");
    this.find("people").replaceChildren(...here.map((person) => this.line(person)));
    this.showLead(others);
    const isMine = this.call.me.isHost;
    const knocking = here.find((person) => isMine && person.state === "waiting" && person.number);
    const notice = this.find("knocking");
    notice.hidden = !knocking;
    if (!knocking) return;
    const [admit] = actionsFor(knocking);
    const isObserver = knocking.role === "observer";
    const words = isObserver ? this.data.words.observerWaits : this.data.words.waits;
    this.find("knocking-words").textContent = words.replace("%(name)s", knocking.name);
    this.find("knocking-admit").lastChild.textContent = ` ${this.data.words[admit.words]}`;
    this.find("knocking-admit").onclick = () => this.decide("admit", { participant: knocking.id, ...admit.fields });
  }

  /* Who leads decides; the others see what is decided, and can take over when who leads has gone. */
  showLead(others) {
    const { me } = this.call;
    const host = others.find((person) => person.isHost);
    const isGone = !me.isHost && !(host?.number || host?.isAside || me.isAside);
    const isTogether = others.some((one) => one.role === "clinician" && one.state === "admitted" && one.number);
    const shown = { host: me.isHost, lead: isGone, aside: me.isHost && isTogether && !me.isAside, back: me.isAside };
    for (const part of this.root.querySelectorAll("[data-when]")) part.hidden = !shown[part.dataset.when];
  }

  line(person) {
    const item = document.createElement("li");
    const who = Object.assign(document.createElement("span"), { className: "row" });
    who.append(Object.assign(document.createElement("bdi"), { textContent: person.name }));
    for (const textContent of tagsOf(person, this.data, this.call.isApart(person))) {
      who.append(Object.assign(document.createElement("span"), { className: "tag", textContent }));
    }
    const actions = Object.assign(document.createElement("span"), { className: "row" });
    if (this.call.me.isHost) actions.append(...actionsFor(person).map((action) => this.button(action, person)));
    item.append(who, actions);
    return item;
  }

  button({ decision, words, fields }, person) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: this.data.words[words] });
    button.className = decision === "admit" ? "button small" : "button secondary small";
    button.setAttribute("aria-label", `${this.data.words[words]}: ${person.name}`);
    button.addEventListener("click", () => this.decide(decision, { participant: person.id, ...fields }));
    return button;
  }
}
