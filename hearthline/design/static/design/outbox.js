/* What waits on this device until it is sent: sealed with a key that cannot be taken out of the browser.

   Only what this person took here, and only until the clinic has it. Another person on the same browser sees none of it.
   An item may have a body (the bytes of a photo), sealed apart from its facts. */

const STORES = 2; // the shape of the database
const KEY = "key";
const NOTE = "note";

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class Outbox {
  constructor(owner, name = "hearthline-readings") {
    this.owner = owner;
    this.name = name;
  }

  async open() {
    const opening = indexedDB.open(this.name, STORES);
    opening.onupgradeneeded = () => {
      const { result } = opening;
      if (!result.objectStoreNames.contains("keys")) result.createObjectStore("keys");
      if (!result.objectStoreNames.contains("items")) result.createObjectStore("items", { keyPath: "id" });
      if (!result.objectStoreNames.contains("bodies")) result.createObjectStore("bodies", { keyPath: "id" });
    };
    this.database = await asked(opening);
    this.database.onversionchange = () => this.database.close();
    this.key = await asked(this.store("keys").get(KEY));
    if (this.key) return;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    await asked(this.store("keys", "readwrite").put(made, KEY));
    this.key = made;
  }

  store(name, mode = "readonly") {
    return this.database.transaction(name, mode).objectStore(name);
  }

  async seal(bytes) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.key, bytes) };
  }

  unseal({ iv, sealed }) {
    return crypto.subtle.decrypt({ name: "AES-GCM", iv }, this.key, sealed);
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

  async close() {
    this.database?.close();
  }
}

/* On a browser that others use too, nothing outlives the page. */
export class Forgetful {
  constructor() {
    this.items = new Map();
    this.bodies = new Map();
  }
  async open() {}
  async put(item, body = null) {
    this.items.set(item.id, item);
    if (body) this.bodies.set(item.id, body);
  }
  async all() {
    return [...this.items.values()];
  }
  async body(id) {
    return this.bodies.get(id) ?? null;
  }
  async remove(id) {
    this.items.delete(id);
    this.bodies.delete(id);
  }
  async note() {}
  async noted() {
    return null;
  }
  async close() {}
}

export function forgetEverything(name = "hearthline-readings") {
  indexedDB.deleteDatabase(name);
}
