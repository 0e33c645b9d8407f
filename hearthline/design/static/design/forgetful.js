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
