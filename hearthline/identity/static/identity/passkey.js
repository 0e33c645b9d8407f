// Making and using passkeys: options come from the page (or the server, at sign-in), the answer goes into the form.
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function decoded(options) {
  const key = { ...options.publicKey, challenge: toBytes(options.publicKey.challenge) };
  if (key.user) key.user = { ...key.user, id: toBytes(key.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (key[list]) key[list] = key[list].map((one) => ({ ...one, id: toBytes(one.id) }));
  }
  return { publicKey: key };
}

function encoded(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
    authenticatorAttachment: credential.authenticatorAttachment,
  });
}

async function optionsOf(section) {
  if (section.dataset.options) {
    const answer = await fetch(section.dataset.options, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no options");
    return (await answer.json()).request_options;
  }
  const data = JSON.parse(document.getElementById(section.dataset.optionsId).textContent);
  return data.creation_options || data.request_options;
}

async function start(section) {
  const form = section.querySelector("form");
  const problem = section.querySelector("[data-passkey-problem]");
  problem.hidden = true;
  try {
    const options = decoded(await optionsOf(section));
    const making = section.dataset.passkey === "create";
    const credential = await (making ? navigator.credentials.create(options) : navigator.credentials.get(options));
    form.elements.credential.value = encoded(credential);
    const shared = document.getElementById("id_is_shared_device");
    if (shared && form.elements.is_shared_device) form.elements.is_shared_device.value = shared.checked ? "on" : "";
    form.requestSubmit();
  } catch {
    problem.hidden = false;
  }
}

if (window.PublicKeyCredential) {
  for (const section of document.querySelectorAll("[data-passkey]")) {
    const options = section.dataset.optionsId && document.getElementById(section.dataset.optionsId);
    const request = options && JSON.parse(options.textContent).request_options;
    section.hidden = Boolean(request && request.publicKey.allowCredentials && !request.publicKey.allowCredentials.length);
    section.querySelector("[data-passkey-start]").addEventListener("click", () => start(section));
  }
}
