/* The waiting room: one's own picture, what is known of the clinician, and the change into the call and back. */

const ESTIMATE_EVERY_MS = 30000;

export class Waiting {
  constructor({ media, data, signalling }) {
    Object.assign(this, { media, data });
    signalling.addEventListener("visit", ({ detail }) => this.tell(detail.clinician));
    this.nodes = [...document.body.childNodes].filter((node) => node.id !== "room");
    this.view = document.querySelector("template[data-call-view]");
    if (data.urls.estimate) this.timer = setInterval(() => this.refresh(), ESTIMATE_EVERY_MS);
  }

  showMedia(faults) {
    const video = document.querySelector("[data-preview]");
    const camera = this.media.track("camera");
    if (video && camera) video.srcObject = new MediaStream([camera]);
    video?.closest("figure").toggleAttribute("hidden", !camera);
    const fault = Object.values(faults)[0];
    const notice = document.querySelector("[data-device-fault]");
    if (!fault || !notice) return;
    notice.hidden = false;
    notice.textContent = this.data.words[fault === "denied" ? "denied" : "missing"];
  }

  /* Whether the clinician has opened the room. */
  tell(clinician) {
    const { words } = this.data;
    const line = document.querySelector("[data-waiting-words]");
    if (line) line.textContent = clinician === "here" ? words.clinicianHere : words.clinicianAway;
  }

  becomeCall() {
    clearInterval(this.timer);
    document.documentElement.className = "call";
    for (const node of this.nodes) node.remove();
    document.body.prepend(this.view.content.cloneNode(true));
    document.getElementById("main")?.focus();
  }

  becomeWaiting() {
    for (const node of [...document.body.childNodes]) if (node.id !== "room") node.remove();
    document.documentElement.className = "patient";
    document.body.dataset.layout = "full";
    document.body.prepend(...this.nodes);
    this.showMedia({});
  }

  /* The estimate comes from the page itself, so that access is asked again and the words stay the server's. */
  async refresh() {
    const answer = await fetch(this.data.urls.estimate, { headers: { "Hearthline-Background": "1" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-estimate]");
    const shown = document.querySelector("[data-estimate]");
    if (fresh && shown && fresh.textContent !== shown.textContent) shown.replaceWith(fresh);
  }
}

/* The end, or why this page is no longer in the visit. */
export function showEnd({ name, data, detail }) {
  const place = document.querySelector("[data-over-words]");
  const section = place.closest("[data-over]");
  const heading = document.createElement(section ? "h1" : "h2");
  heading.tabIndex = -1;
  heading.textContent = detail || data.words[name];
  place.replaceChildren(heading);
  const again = document.querySelector("[data-over-again]");
  again.hidden = name === "ended" || name === "removed";
  again.onclick = () => location.reload();
  document.querySelector("[data-over-link]").hidden = name !== "ended";
  document.querySelector("[data-waiting]")?.setAttribute("hidden", "");
  if (section) section.hidden = false;
  else place.closest("dialog").showModal();
  heading.focus();
}
