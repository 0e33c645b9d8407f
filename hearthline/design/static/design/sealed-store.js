/* A database of this browser whose rows are sealed with a key that cannot be taken out of it. */

const STORES = 2; // the shape of the database
const KEY = "key";

export function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class SealedStore {
  constructor(name) {
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

  async close() {
    this.database?.close();
  }
}
