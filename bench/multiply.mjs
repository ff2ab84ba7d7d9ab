// Makes tens of thousands of sessions: while the service is stopped, copies one session in its object's SQLite file.
// Through the API they would take minutes.

import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** @typedef {Record<string, import("node:sqlite").SQLOutputValue>} StoredRow */

/** One project's stored sessions. The first one is the pattern of the copies. */
export class StoredSessions {
  #database;
  #template;
  #insert;
  #last;

  /** @param {string} objects the folder of the objects' storage, with one object in it */
  constructor(objects) {
    const names = readdirSync(join(objects, "fleet")).filter((name) => /^[0-9a-f]+\.sqlite$/.test(name));
    const [name] = names;
    if (!name || names.length > 1) throw new Error(`${names.length} objects in ${objects} instead of one`);
    this.#database = new DatabaseSync(join(objects, "fleet", name));
    this.#template = this.#one("SELECT * FROM sessions ORDER BY seq LIMIT 1");
    this.#last = Number(this.#one("SELECT value FROM numbers WHERE name = 'seq'").value);
    const columns = Object.keys(this.#template);
    const sql = `INSERT INTO sessions (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
    this.#insert = this.#database.prepare(sql);
  }

  /**
   * Writes a copy for each browser.
   *
   * @param {string[]} browsers the browsers' ids
   * @param {number} [dueAt] when the copies' timeouts end
   * @returns {string[]} the copies' ids
   */
  add(browsers, dueAt) {
    this.#database.exec("BEGIN");
    const ids = browsers.map((browser) => this.#copy(browser, dueAt));
    this.#database.prepare("UPDATE counts SET n = n + ? WHERE scope = '' AND status = 'live'").run(ids.length);
    this.#database.prepare("UPDATE numbers SET value = ? WHERE name = 'seq'").run(this.#last);
    this.#database.exec("COMMIT");
    return ids;
  }

  close() {
    this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#database.close();
  }

  /**
   * @param {string} sql
   * @returns {StoredRow}
   */
  #one(sql) {
    const row = this.#database.prepare(sql).get();
    if (!row) throw new Error(`no row: ${sql}`);
    return row;
  }

  /**
   * @param {string} browser
   * @param {number} [dueAt]
   */
  #copy(browser, dueAt) {
    const id = randomUUID();
    const { id: templateId, browser: templateBrowser, doc: text } = this.#template;
    const doc = JSON.parse(
      String(text).replaceAll(String(templateId), id).replaceAll(String(templateBrowser), browser),
    );
    const { session } = doc;
    if (dueAt) session.timeout = dueAt - session.state.live.since;
    const due = dueAt ?? this.#template.due ?? null;
    const row = { ...this.#template, id, browser, due, seq: ++this.#last, doc: JSON.stringify(doc) };
    this.#insert.run(...Object.values(row));
    return id;
  }
}
