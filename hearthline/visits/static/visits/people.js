/* The clinician's list of who is here and who waits, and decisions sent without leaving the page. */

export class People {
  constructor({ call, data, root }) {
    Object.assign(this, { call, data, root });
    this.find = (name) => root.querySelector(`[data-${name}]`);
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
    if (form.dataset.decision === "invite") this.invited(form, result);
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
    const here = others.filter((person) => person.state !== "outside" && person.state !== "removed");
    this.find("people").replaceChildren(...here.map((person) => this.line(person)));
    const knocking = here.find((person) => person.state === "waiting" && person.number);
    const notice = this.find("knocking");
    notice.hidden = !knocking;
    if (!knocking) return;
    this.find("knocking-words").textContent = this.data.words.waits.replace("%(name)s", knocking.name);
    this.find("knocking-admit").onclick = () => this.decide("admit", { participant: knocking.id });
  }

  line(person) {
    const { words } = this.data;
    const item = document.createElement("li");
    const name = Object.assign(document.createElement("bdi"), { textContent: person.name });
    const isOnTelephone = person.number && person.modality === "phone";
    const away = person.modality === "phone" ? words.onTelephone : words.connectionLost;
    const standing = !person.number ? away : person.state === "waiting" ? words.waiting : words.inVisit;
    const tag = Object.assign(document.createElement("span"), { className: "tag", textContent: standing });
    const actions = Object.assign(document.createElement("span"), { className: "row" });
    const isAdmitted = person.state === "admitted";
    if (!isAdmitted) actions.append(this.action("admit", words.admit, person));
    if (isAdmitted && person.role !== "clinician") actions.append(this.action("put-back", words.putBack, person));
    if (!["patient", "clinician"].includes(person.role)) actions.append(this.action("remove", words.remove, person));
    const who = Object.assign(document.createElement("span"), { className: "row" });
    who.append(name, tag);
    if (isOnTelephone) who.append(Object.assign(document.createElement("span"), { className: "tag", textContent: words.byTelephone }));
    item.append(who, actions);
    return item;
  }

  action(decision, label, person) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
    button.className = decision === "admit" ? "button small" : "button secondary small";
    button.addEventListener("click", () => this.decide(decision, { participant: person.id }));
    return button;
  }
}
