/* An interpreter's link: the secret is in the fragment, which no server sees; it is posted by a press, like a guest's. */

const form = document.querySelector("[data-interpreting]");
const secret = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
form.elements.token.value = secret;
form.hidden = !secret;
document.querySelector("[data-incomplete]").hidden = Boolean(secret);
