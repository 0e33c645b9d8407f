// The token travels behind "#", which is never sent by itself: it is put into the form and taken out of the address.
const field = document.querySelector("#invitation input[name=token]");
const token = location.hash.slice(1);
if (field && token) {
  field.value = decodeURIComponent(token);
  history.replaceState(null, "", location.pathname);
}
