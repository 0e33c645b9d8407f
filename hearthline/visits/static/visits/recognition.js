/* Which recognition of speech this browser has on the device itself. One that would send sound elsewhere counts as none:
   only "processLocally" keeps it here, and a browser that does not know that word sends. No page in here. */

export async function findRecognition(place, language) {
  const Recognition = place.SpeechRecognition ?? place.webkitSpeechRecognition;
  if (!Recognition) return { missing: "captionsNone" };
  const isLocal = typeof Recognition.available === "function" && "processLocally" in Recognition.prototype;
  if (!isLocal) return { missing: "captionsSends" };
  const standing = await Recognition.available({ langs: [language], processLocally: true }).catch(() => "unavailable");
  if (standing !== "available") return { missing: standing === "unavailable" ? "captionsLanguage" : "captionsDownload" };
  return { start: (...given) => recognise(Recognition, language, ...given) };
}

/* Pauses of speech end a recognition; it goes on until it is stopped, the track ends, or it says that it cannot. */
function recognise(Recognition, language, track, onText, onFault) {
  const recognition = new Recognition();
  Object.assign(recognition, { lang: language, continuous: true, interimResults: true, processLocally: true });
  let isWanted = true;
  recognition.onresult = ({ results, resultIndex }) => {
    for (let index = resultIndex; index < results.length; index += 1) {
      onText({ text: results[index][0].transcript, isFinal: results[index].isFinal });
    }
  };
  recognition.onerror = ({ error }) => {
    if (error === "no-speech" || error === "aborted") return;
    isWanted = false;
    onFault();
  };
  recognition.onend = () => isWanted && track.readyState === "live" && recognition.start(track);
  recognition.start(track);
  return () => {
    isWanted = false;
    recognition.stop();
  };
}
