/* A second camera in the place of one's own, shown to all, and stills of it. Loaded when it is opened. */

import { fullFrame } from "./full-frame.js";

const USUAL = { width: { ideal: 1280 }, height: { ideal: 720 } };

export async function start(parts) {
  const examination = new Examination(parts);
  await examination.load();
  return examination;
}

class Examination {
  constructor({ call, media, data, stage, place }) {
    Object.assign(this, { call, media, data, stage, place });
    call.signalling.addEventListener("still", ({ detail }) => this.heard(detail));
    call.addEventListener("modality", () => this.notice());
  }

  find(name) {
    return this.place.querySelector(`[data-exam-${name}]`);
  }

  async load() {
    this.place.innerHTML = await this.page();
    const press = { close: this.close, show: this.show, take: this.take, keep: this.keep, again: this.again };
    Object.assign(press, { "take-now": this.takeNow, "not-now": this.notNow });
    for (const [name, act] of Object.entries(press)) {
      this.find(name).addEventListener("click", ({ currentTarget }) => this.doing(currentTarget, () => act.call(this)));
    }
    this.find("camera").addEventListener("change", () => this.track && this.show());
    this.find("form").elements.device.addEventListener("change", () => this.track && this.tell());
    this.find("form").addEventListener("submit", (event) => event.preventDefault());
    this.find("lines").addEventListener("click", ({ target }) => target.dataset.examRemove && this.remove(target));
  }

  async page() {
    const answer = await fetch(`${this.data.urls.stills}?${this.data.query}`, { headers: { "Hearthline-Background": "1" } });
    return answer.ok ? answer.text() : "";
  }

  async doing(button, act) {
    button.disabled = true;
    await act().finally(() => (button.disabled = false));
  }

  async open(wish) {
    this.place.hidden = false;
    if (wish) this.wished(wish);
    if (!this.track) await this.list();
    this.find("camera").focus();
  }

  /* The first that is not the camera of one's own face comes first. */
  async list() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const cameras = devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId);
    const own = this.media.track("camera")?.getSettings().deviceId;
    const select = this.find("camera");
    const name = ({ label }, index) => label || `${select.dataset.unnamed} ${index + 1}`;
    select.replaceChildren(...cameras.map((camera, index) => new Option(name(camera, index), camera.deviceId)));
    select.value = (cameras.find(({ deviceId }) => deviceId !== own) ?? cameras[0])?.deviceId ?? "";
  }

  async show() {
    this.wrong("");
    const deviceId = this.find("camera").value;
    try {
      const video = { ...USUAL, ...(deviceId && { deviceId: { exact: deviceId } }) };
      if (this.call.modality.chosen !== "video") await this.call.modality.choose("video");
      this.media.drop("camera"); /* Many devices open one camera at a time. */
      const [track] = (await navigator.mediaDevices.getUserMedia({ video })).getVideoTracks();
      await this.send(track);
    } catch (error) {
      console.info("examination camera not opened", error.name);
      this.wrong(this.find("said").dataset.noCamera);
      await this.own();
    }
  }

  async send(track) {
    this.track = track;
    track.contentHint = "detail";
    track.addEventListener("ended", () => track === this.track && this.unplugged());
    this.media.keep("camera", track);
    await this.call.replaceEverywhere("camera");
    this.call.modality.cameraChanged();
    this.find("video").srcObject = new MediaStream([track]);
    this.shape(true);
    this.tell();
  }

  tell() {
    this.call.signalling.send({ kind: "camera", device: this.track ? this.find("form").elements.device.value : "" });
    this.stage.self.show();
  }

  shape(isShown) {
    this.find("picture").hidden = !isShown;
    this.find("taking").hidden = !isShown;
    this.find("choosing").hidden = isShown;
    this.again();
  }

  /* Somebody switched the camera off by the button below: what was shown is gone. */
  notice() {
    if (this.track && this.media.track("camera") !== this.track) this.gone();
  }

  async unplugged() {
    this.say("lost");
    await this.own();
  }

  async own() {
    this.media.drop("camera");
    this.gone();
    await this.call.setCamera(true);
    this.stage.self.show();
  }

  gone() {
    this.track = null;
    this.shape(false);
    this.tell();
  }

  wished({ from, name }) {
    this.wish = from;
    const words = this.find("wish-words");
    words.textContent = words.dataset.words.replace("%(name)s", name);
    this.find("wish").hidden = false;
    this.place.scrollTop = 0;
  }

  async takeNow() {
    this.find("wish").hidden = true;
    await this.take();
  }

  async notNow() {
    this.find("wish").hidden = true;
    this.wish = null;
    this.call.signalling.send({ kind: "wish" });
  }

  async take() {
    if (!this.track) return;
    this.picture = await fullFrame(this.track, USUAL);
    this.key = crypto.randomUUID();
    this.say("");
    const image = this.find("still");
    image.src = URL.createObjectURL(this.picture);
    this.taken(true);
  }

  async again() {
    URL.revokeObjectURL(this.find("still").src);
    this.picture = null;
    this.taken(false);
  }

  taken(isTaken) {
    this.find("still").hidden = !isTaken;
    this.find("video").hidden = isTaken;
    this.find("take").hidden = isTaken;
    for (const name of ["keep", "again"]) this.find(name).hidden = !isTaken;
  }

  /* One key for one picture: pressing twice, or again after a broken line, keeps it once. */
  async keep() {
    this.wrong("");
    this.say("sending");
    const body = new FormData(this.find("form"));
    body.append("key", this.key);
    body.append("picture", this.picture, "still.jpg");
    if (this.wish) body.append("wished_by", this.wish);
    const answer = await this.post(this.data.urls.stills, body);
    this.say(answer.ok ? "kept" : "");
    if (!answer.ok) return this.wrong(answer.detail || this.find("said").dataset.failed);
    this.wish = null;
    await this.again();
    return this.refresh();
  }

  async post(url, body = new FormData()) {
    const headers = { "X-CSRFToken": this.data.token, Accept: "application/json" };
    try {
      const answer = await fetch(url, { method: "POST", headers, body });
      return { ok: answer.ok, ...(await answer.json().catch(() => ({}))) };
    } catch {
      return { ok: false };
    }
  }

  async remove(button) {
    const { ok, detail } = await this.post(button.dataset.examRemove);
    if (!ok) this.wrong(detail || this.find("said").dataset.failed);
    await this.refresh();
  }

  async refresh() {
    const page = new DOMParser().parseFromString(await this.page(), "text/html");
    for (const name of ["lines", "consent"]) {
      const fresh = page.querySelector(`[data-exam-${name}]`);
      if (fresh) this.find(name).replaceChildren(...fresh.childNodes);
    }
  }

  async heard({ id, state }) {
    if (!id || !["accepted", "refused"].includes(state) || !this.find(`line="${id}"`)) return;
    this.say(state);
    await this.refresh();
  }

  say(name) {
    this.find("said").textContent = name ? this.find("said").dataset[name] : "";
  }

  wrong(words) {
    this.find("wrong").textContent = words;
    this.find("wrong").hidden = !words;
    if (words) this.place.scrollTop = 0;
  }

  async close() {
    if (this.track) await this.own();
    this.place.hidden = true;
  }
}
