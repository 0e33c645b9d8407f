{% load static %}/* Lets the photo pages open without network: the page of what waits, and the files it needs. Nothing of anybody is kept. */
const SHELF = "hearthline-photos-2";
const PAGE = "{{ outbox }}";
const NEEDED = [PAGE, "{% static 'design/app.css' %}", "{% static 'design/double-submit.js' %}", "{% static 'design/forgetful.js' %}", "{% static 'design/outbox.js' %}", "{% static 'design/sealed-store.js' %}", "{% static 'design/mark.svg' %}",
  "{% static 'intake/waiting.js' %}", "{% static 'intake/capture.js' %}", "{% static 'intake/taking.js' %}",
  "{% static 'intake/sending.js' %}", "{% static 'intake/quality.js' %}", "{% static 'intake/views.svg' %}", "{% static 'intake/vendor/tus.min.js' %}"];

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

/* Asked for without cookies, so that the page kept here is nobody's. */
async function fill() {
  const shelf = await caches.open(SHELF);
  await Promise.all(NEEDED.map(async (address) => {
    const answer = await fetch(address, { credentials: "omit", cache: "no-cache" });
    if (answer.ok) await shelf.put(address, answer);
  }));
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match(PAGE)));
  else if (new URL(request.url).pathname.startsWith("{% static '' %}")) event.respondWith(fetch(request).catch(() => caches.match(request)));
});
