/* The labelled buttons under the call. */

export class Controls {
  constructor({ call, media, stage, conversation, words, root, leave }) {
    Object.assign(this, { call, media, stage, conversation, words, root });
    const press = { mute: this.mute, camera: this.camera, voice: this.voice, chat: this.chat, share: this.share, leave };
    for (const button of root.querySelectorAll("[data-control]")) {
      button.addEventListener("click", () => press[button.dataset.control].call(this, button));
    }
    call.addEventListener("sharing-stopped", () => this.set("share", false));
    this.set("camera", !media.track("camera"));
    if (!media.track("microphone")) this.button("mute").disabled = true;
    this.set("voice", !call.wantsVideo);
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
    const isOn = await this.call.setCamera(this.isPressed("camera"));
    this.set("camera", !isOn);
    this.stage.self.show();
  }

  async voice() {
    const isVoiceOnly = !this.isPressed("voice");
    this.set("voice", isVoiceOnly);
    await this.call.setVoiceOnly(isVoiceOnly);
    this.set("camera", !this.media.track("camera"));
    this.stage.self.show();
    this.stage.describe();
  }

  chat(button) {
    const isOpen = this.conversation.toggle();
    this.set("chat", isOpen);
    button.setAttribute("aria-expanded", String(isOpen));
  }

  async share() {
    if (this.isPressed("share")) {
      this.call.stopSharing();
      return;
    }
    try {
      await this.call.shareScreen();
      this.set("share", true);
    } catch (error) {
      console.info("screen not shared", error.name);
    }
  }
}
