/* The page that opens without network: what waits on this device, and one more photo for the set that was open last. */

import { Outbox } from "../design/outbox.js";
import { DATABASE, Taking, watch } from "./taking.js";

const data = JSON.parse(document.getElementById("photos").textContent);

async function begin() {
  const peek = new Outbox("", DATABASE);
  await peek.open();
  const noted = await peek.noted();
  await peek.close();
  if (!noted) {
    document.querySelector("[data-progress]").textContent = data.words.nothing;
    document.body.dataset.ready = "empty";
    return;
  }
  const taking = new Taking(data, { owner: noted.owner, isShared: false });
  await taking.open();
  const section = document.querySelector("[data-capture]");
  section.hidden = false;
  watch(section.querySelector("[data-photo]"), taking, { capture: noted.capture, view: "" });
  if (!taking.items.size) taking.tell("");
  document.body.dataset.ready = "yes";
}

begin();
