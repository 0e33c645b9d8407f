/* Readings that wait on this device until they are sent: sealed with a key that cannot be taken out of the browser.

   Only what this person took here, and only until the clinic has it. Another person on the same browser sees none of it. */

const DATABASE = "hearthline-readings";
const KEY = "key";

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class Outbox {
  constructor(owner) {
    this.owner = owner;
  }

  async open() {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("keys");
      opening.result.createObjectStore("items", { keyPath: "id" });
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

  async put(item) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const text = new TextEncoder().encode(JSON.stringify(item));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.key, text);
    await asked(this.store("items", "readwrite").put({ id: item.id, owner: this.owner, iv, sealed }));
  }

  async all() {
    const rows = (await asked(this.store("items").getAll())).filter((row) => row.owner === this.owner);
    const opened = rows.map(async ({ iv, sealed }) => {
      const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, this.key, sealed);
      return JSON.parse(new TextDecoder().decode(text));
    });
    return Promise.all(opened);
  }

  async remove(id) {
    await asked(this.store("items", "readwrite").delete(id));
  }
}

/* On a browser that others use too, nothing outlives the page. */
export class Forgetful {
  async open() {}
  async put() {}
  async all() {
    return [];
  }
  async remove() {}
}

export function forgetEverything() {
  indexedDB.deleteDatabase(DATABASE);
}
