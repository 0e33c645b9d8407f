/* The labelled buttons under the call. */

export class Controls {
  constructor({ call, media, stage, conversation, words, root, leave, openRare }) {
    Object.assign(this, { call, media, stage, conversation, words, root, openRare });
    const press = { mute: this.mute, camera: this.camera, voice: this.voice, text: this.text, chat: this.chat, share: this.share, leave };
    for (const button of root.querySelectorAll("[data-control]")) {
      button.addEventListener("click", () => press[button.dataset.control].call(this, button));
    }
    call.addEventListener("sharing-stopped", () => this.set("share", false));
    this.set("camera", !media.track("camera"));
    this.choices = root.querySelector("[data-choices]");
    this.choices?.addEventListener("click", ({ target }) => this.choose(target.closest("[data-choice]")?.dataset.choice));
    this.choices?.querySelector('[data-choice="screen"]').toggleAttribute("hidden", !navigator.mediaDevices?.getDisplayMedia);
    if (!media.track("microphone") && this.button("mute")) this.button("mute").disabled = true;
    call.addEventListener("modality", () => this.showModality());
    this.showModality();
  }

  /* "Voice only" shows what is, also when the line and not a person decided it. */
  showModality() {
    const { current, chosen, isByLink } = this.call.modality;
    this.set("voice", current === "audio" && (chosen === "audio" || isByLink));
    this.set("text", current === "text");
    this.set("camera", !this.media.track("camera"));
    this.set("mute", this.media.track("microphone")?.enabled === false);
    this.stage.self.show();
  }

  button(name) {
    return this.root.querySelector(`[data-control="${name}"]`);
  }

  set(name, isPressed) {
    const button = this.button(name);
    if (!button) return;
    button.setAttribute("aria-pressed", String(isPressed));
    button.querySelector("[data-off]")?.toggleAttribute("hidden", isPressed);
    button.querySelector("[data-on]")?.toggleAttribute("hidden", !isPressed);
  }

  isPressed(name) {
    return this.button(name).getAttribute("aria-pressed") === "true";
  }

  mute() {
    const isMuted = !this.isPressed("mute");
    this.call.mute(isMuted);
    this.set("mute", isMuted);
  }

  async camera() {
    await this.call.setCamera(this.isPressed("camera"));
    this.call.modality.cameraChanged();
    this.showModality();
  }

  voice() {
    return this.call.modality.choose(this.isPressed("voice") ? "video" : "audio");
  }

  /* Writing instead of speaking: nothing of oneself is sent any more but what one types. */
  async text(button) {
    const isWritten = !this.isPressed("text");
    await this.call.modality.choose(isWritten ? "text" : "video");
    if (isWritten && !this.conversation.isOpen()) this.chat(this.button("chat"));
    button.focus();
  }

  chat(button) {
    const isOpen = this.conversation.toggle();
    this.set("chat", isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
  }

  share() {
    if (this.isPressed("share")) this.call.stopSharing();
    else this.choices.showModal();
  }

  choose(choice) {
    if (choice === undefined) return;
    this.choices.close();
    if (choice === "screen") this.shareScreen();
    else if (choice) this.openRare(choice, choice === "board");
  }

  async shareScreen() {
    try {
      await this.call.shareScreen();
      this.set("share", true);
    } catch (error) {
      if (error.status) this.stage.parties.say(error.message);
      else console.info("screen not shared", error.name);
    }
  }
}
