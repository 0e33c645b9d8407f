/* A bar that moves with a voice. */

const HEARD_LEVEL = 0.08;
const SMOOTHING = 0.7;
const GAIN = 4;

export class Level {
  constructor(track, meter) {
    const audio = new AudioContext();
    this.analyser = new AnalyserNode(audio, { fftSize: 512 });
    audio.createMediaStreamSource(new MediaStream([track])).connect(this.analyser);
    this.samples = new Float32Array(this.analyser.fftSize);
    this.meter = meter;
    this.shown = 0;
    this.isHeard = false;
    this.tick();
  }

  tick() {
    this.analyser.getFloatTimeDomainData(this.samples);
    const power = this.samples.reduce((sum, value) => sum + value * value, 0) / this.samples.length;
    this.shown = Math.max(Math.min(1, Math.sqrt(power) * GAIN), this.shown * SMOOTHING);
    this.meter.value = this.shown;
    if (!this.isHeard && this.shown > HEARD_LEVEL) {
      this.isHeard = true;
      this.onHeard?.();
    }
    requestAnimationFrame(() => this.tick());
  }
}
