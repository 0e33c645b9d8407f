/* What each rung sends, and how a connection is brought to it: limits of the senders, packets and redundancy of the voice. */

const VIDEO_MOST = { maxBitrate: 1200000, scaleResolutionDownBy: 1, maxFramerate: 30 };
const USUAL = { packetMs: 20, redundant: true };
const SMALL = { packetMs: 60, redundant: true };
const SMALLEST = { packetMs: 60, redundant: false };

export const SETTINGS = {
  full: { video: VIDEO_MOST, audioBits: 32000, shape: USUAL },
  low: { video: { maxBitrate: 250000, scaleResolutionDownBy: 2, maxFramerate: 15 }, audioBits: 24000, shape: USUAL },
  minimal: { video: { maxBitrate: 80000, scaleResolutionDownBy: 3, maxFramerate: 10 }, audioBits: 16000, shape: USUAL },
  audio: { video: null, audioBits: 12000, shape: SMALL },
  floor: { video: null, audioBits: 8000, shape: SMALLEST },
  text: { video: null, audioBits: null, shape: SMALL },
};

export const RUNGS = ["full", "low", "minimal", "audio", "floor"];
export const place = (rung) => RUNGS.indexOf(rung);
export const hasPicture = (rung) => place(rung) < place("audio");
export const higher = (one, other) => (one === "text" || (other !== "text" && place(other) < place(one)) ? other : one);
export const lower = (one, other) => (place(one) > place(other) ? one : other);

export async function limitSender(sender, wanted) {
  const parameters = sender?.getParameters();
  const encodings = parameters?.encodings ?? [];
  if (encodings.every((one) => Object.entries(wanted).every(([name, value]) => one[name] === value))) return;
  for (const one of encodings) Object.assign(one, wanted);
  await sender.setParameters(parameters).catch((error) => console.warn("limit refused", error.name));
}

/* Asked every second: what is in force already is left alone, a camera that came back is brought to its rung. */
export async function bring(peer, rung) {
  if (peer.isFeed) {
    peer.take(rung);
    return;
  }
  const { video, audioBits, shape } = SETTINGS[rung];
  const isShown = video !== null && peer.isPictureWanted;
  const voice = audioBits === null ? { active: false } : { active: true, maxBitrate: audioBits };
  await limitSender(peer.transceiverOf("audio")?.sender, voice);
  await limitSender(peer.transceiverOf("video")?.sender, isShown ? { active: true, ...video } : { active: false });
  await limitSender(peer.screen?.sender, video ? { active: true, maxBitrate: video.maxBitrate } : { active: false });
  peer.reshape(shape);
}

/* Whoever stands first in the list is what we send. */
function placeRedundancy(lines, isFirst) {
  const red = /^a=rtpmap:(\d+) red\//i;
  const payload = lines.map((line) => line.match(red)?.[1]).find(Boolean);
  if (!payload) return lines;
  const [first, ...rest] = lines;
  const words = first.split(" ");
  const others = words.slice(3).filter((type) => type !== payload);
  const types = isFirst ? [payload, ...others] : [...others, payload];
  return [[...words.slice(0, 3), ...types].join(" "), ...rest];
}

/* The other's description says how we may send: longer packets cost fewer headers, plain Opus half of the voice. */
export function shapeVoice(sdp, { packetMs, redundant }) {
  const [session, ...sections] = sdp.split(/\r\n(?=m=)/);
  const shaped = sections.map((section) => {
    if (!section.startsWith("m=audio")) return section;
    const end = section.endsWith("\r\n") ? "\r\n" : "";
    const kept = section.trimEnd().split("\r\n").filter((line) => !line.startsWith("a=ptime:"));
    const lines = placeRedundancy(kept, redundant);
    if (packetMs !== USUAL.packetMs) lines.push(`a=ptime:${packetMs}`);
    return lines.join("\r\n") + end;
  });
  return [session, ...shaped].join("\r\n");
}
