/* The patient's address and the emergency number, read anew at each opening; the protocol opens by itself when the line
   to somebody at risk is lost. Steps are forms of the page; here they are sent in place. */

export function startEmergency(root) {
  const dialog = root.querySelector("#emergency");
  if (!dialog) return;
  const show = async (request) => {
    const answer = await request;
    if (!answer.ok) return;
    dialog.innerHTML = await answer.text();
    if (!dialog.open) dialog.showModal();
  };
  const look = () => show(fetch(dialog.dataset.source, { credentials: "same-origin", cache: "no-store" }));
  root.querySelector("[data-emergency]").addEventListener("click", look);
  dialog.addEventListener("click", (event) => event.target.closest("[data-closes]") && dialog.close());
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = new FormData(event.target, event.submitter);
    show(fetch(event.target.action, { method: "POST", body, headers: { "X-Fragment": "1" }, credentials: "same-origin" }));
  });
  const state = root.querySelector("[data-link-state]");
  new MutationObserver(() => {
    const isAtRisk = dialog.querySelector('[data-risk="yes"]');
    if (state.dataset.state === "lost" && isAtRisk && !dialog.open) look();
  }).observe(state, { attributeFilter: ["data-state"] });
}
