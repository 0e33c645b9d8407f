/* The patient's telephone: how a call stands, told by the server; nothing of its sound passes here but what a peer brings. */

export class Telephone {
  constructor({ call, root }) {
    this.root = root.querySelector("[data-telephone]");
    if (!this.root) return;
    this.list = this.root.querySelector("[data-telephone-calls]");
    this.hangUp = this.root.querySelector("[data-hang-up]");
    call.signalling.addEventListener("telephone", ({ detail }) => this.show(detail));
  }

  show({ id, words, over }) {
    let line = this.list.querySelector(`[data-call="${id}"]`);
    if (!line) {
      line = document.createElement("li");
      line.dataset.call = id;
      line.append(Object.assign(document.createElement("span"), { className: "tag" }));
      this.list.prepend(line);
    }
    line.firstElementChild.textContent = words;
    line.toggleAttribute("data-over", over);
    this.hangUp.hidden = !this.list.querySelector("li:not([data-over])");
  }
}
