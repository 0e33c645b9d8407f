/* One picture of a camera at the finest that it gives: it is opened so for a moment, then as before. */

const WAIT_MS = 2500;
const FINEST = 4096;
const QUALITY = 0.95;

/* Resolves when pictures of the size that the camera says come, or after a while with what comes. */
function settled(video, track) {
  return new Promise((resolve) => {
    const until = performance.now() + WAIT_MS;
    const look = () => {
      const { width = 0, height = 0 } = track.getSettings();
      const isThere = Math.max(video.videoWidth, video.videoHeight) >= Math.max(width, height);
      if (isThere || performance.now() > until) resolve();
      else next();
    };
    const next = () => {
      const late = setTimeout(look, WAIT_MS / 4);
      video.requestVideoFrameCallback?.(() => (clearTimeout(late), look()));
    };
    next();
  });
}

export async function fullFrame(track, usual) {
  const most = track.getCapabilities?.() ?? {};
  const finest = { width: { ideal: most.width?.max ?? FINEST }, height: { ideal: most.height?.max ?? FINEST } };
  await track.applyConstraints(finest).catch((error) => console.info("camera stays as it is", error.name));
  try {
    const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
    video.srcObject = new MediaStream([track]);
    await video.play();
    await settled(video, track);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  } finally {
    track.applyConstraints(usual).catch(() => undefined);
  }
}
