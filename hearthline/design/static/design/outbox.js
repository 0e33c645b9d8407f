/* What waits on this device until it is sent: sealed with a key that cannot be taken out of the browser.

   Only what this person took here, and only until the clinic has it. Another person on the same browser sees none of it.
   An item may have a body (the bytes of a photo), sealed apart from its facts. */

import { SealedStore, asked } from "./sealed-store.js";

const NOTE = "note";

export class Outbox extends SealedStore {
  constructor(owner, name = "hearthline-readings") {
    super(name);
    this.owner = owner;
  }

  async put(item, body = null) {
    if (body) await asked(this.store("bodies", "readwrite").put({ id: item.id, ...(await this.seal(body)) }));
    const facts = await this.seal(new TextEncoder().encode(JSON.stringify(item)));
    await asked(this.store("items", "readwrite").put({ id: item.id, owner: this.owner, ...facts }));
  }

  async all() {
    const rows = (await asked(this.store("items").getAll())).filter((row) => row.owner === this.owner);
    return Promise.all(rows.map(async (row) => JSON.parse(new TextDecoder().decode(await this.unseal(row)))));
  }

  async body(id) {
    const row = await asked(this.store("bodies").get(id));
    return row ? this.unseal(row) : null;
  }

  async remove(id) {
    await asked(this.store("items", "readwrite").delete(id));
    await asked(this.store("bodies", "readwrite").delete(id));
  }

  /* A few identifiers for a page that opens without network: whose things wait here, and where new ones belong. */
  async note(facts) {
    await asked(this.store("keys", "readwrite").put(facts, NOTE));
  }

  async noted() {
    return (await asked(this.store("keys").get(NOTE))) ?? null;
  }
}

export function forgetEverything(name = "hearthline-readings") {
  indexedDB.deleteDatabase(name);
}
