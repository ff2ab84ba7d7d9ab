// Sessions by the ten thousand: one that the service has made is multiplied in its object's SQLite file, while the
// service is stopped. By its own API that many would take minutes.

import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** One project's stored sessions, the first of which is the pattern: those of the one object in a folder of objects. */
export class StoredSessions {
  #database;
  #template;
  #insert;
  #last;

  constructor(objects) {
    const names = readdirSync(join(objects, "fleet")).filter((name) => /^[0-9a-f]+\.sqlite$/.test(name));
    if (names.length !== 1) throw new Error(`${names.length} objects in ${objects}, and not one`);
    this.#database = new DatabaseSync(join(objects, "fleet", names[0]));
    this.#template = this.#database.prepare("SELECT * FROM sessions ORDER BY seq LIMIT 1").get();
    this.#last = this.#database.prepare("SELECT value FROM numbers WHERE name = 'seq'").get().value;
    const columns = Object.keys(this.#template);
    const sql = `INSERT INTO sessions (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
    this.#insert = this.#database.prepare(sql);
  }

  /** Writes a copy for each of these browsers, and answers their ids. With `dueAt` their timeouts end then. */
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

  #copy(browser, dueAt) {
    const id = randomUUID();
    const { id: templateId, browser: templateBrowser, doc: text } = this.#template;
    const doc = JSON.parse(text.replaceAll(templateId, id).replaceAll(templateBrowser, browser));
    const { session } = doc;
    if (dueAt) session.timeout = dueAt - session.state.live.since;
    const due = dueAt ?? this.#template.due;
    const row = { ...this.#template, id, browser, due, seq: ++this.#last, doc: JSON.stringify(doc) };
    this.#insert.run(...Object.values(row));
    return id;
  }
}
