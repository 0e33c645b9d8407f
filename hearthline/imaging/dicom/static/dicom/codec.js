// The HTJ2K decoder (OpenJPH), fetched when the first large image asks for it.

const place = new URL("./vendor/", import.meta.url);
let loading = null;

function load() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("openjphjs.js", place).href;
    script.addEventListener("load", () => resolve(globalThis.Module({ locateFile: (name) => new URL(name, place).href })));
    script.addEventListener("error", reject);
    document.head.append(script);
  });
  return loading;
}

// The bytes of a frame's stored values, little endian.
export async function decode(buffer) {
  const library = await load();
  const decoder = new library.HTJ2KDecoder();
  try {
    decoder.getEncodedBuffer(buffer.byteLength).set(new Uint8Array(buffer));
    decoder.decode();
    return decoder.getDecodedBuffer().slice().buffer;
  } finally {
    decoder.delete();
  }
}
