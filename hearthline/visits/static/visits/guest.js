/* A guest's link: the secret is in the fragment, which no server sees; it is posted once, by a press. */

const data = JSON.parse(document.getElementById("guest").textContent);
const button = document.querySelector("[data-guest-come]");
const fault = document.querySelector("[data-guest-fault]");
const secret = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

function say(words) {
  fault.textContent = words;
  fault.hidden = false;
}

async function come() {
  button.disabled = true;
  const body = new URLSearchParams({ token: secret });
  const answer = await fetch(data.redeem, { method: "POST", headers: { "X-CSRFToken": data.token }, body });
  const result = await answer.json().catch(() => ({}));
  if (answer.ok) location.assign(result.url);
  else say(result.detail ?? "");
}

if (secret) {
  button.disabled = false;
  button.addEventListener("click", come);
} else {
  say(document.querySelector("[data-guest-incomplete]").textContent);
}
