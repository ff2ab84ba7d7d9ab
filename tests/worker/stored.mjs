// What the Worker has stored: SQLite files, to be read at any time and changed while it is stopped.
//
// workerd keeps one file for each object, and beside those of a class the list of their alarms; each object has a note
// of its own alarm as well.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const LIST = "metadata.sqlite";

const folderOf = (persist) => join(persist, "v3", "do");
const fleetsOf = (persist) => join(folderOf(persist), "tidewatch-FleetObject");

/** Does something with a database, and closes it. */
export function inDatabase(file, work, options = {}) {
  const database = new DatabaseSync(file, options);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** The files of all objects, and of the lists of their alarms. */
export function databases(persist) {
  const folder = folderOf(persist);
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".sqlite"))
    .map((name) => join(folder, name));
}

/** The alarms of the projects. */
export function alarms(persist) {
  const names = (database) => database.prepare("SELECT actor_name FROM _cf_ALARM").all();
  return inDatabase(join(fleetsOf(persist), LIST), names, { readOnly: true });
}

/** No project has an alarm any more. */
export function loseAlarms(persist) {
  assert.ok(alarms(persist).length > 0, "there is an alarm to lose");
  for (const file of databases(persist).filter((file) => file.startsWith(fleetsOf(persist)))) {
    const sql = file.endsWith(LIST) ? "DELETE FROM _cf_ALARM" : "DELETE FROM _cf_METADATA WHERE key = 1";
    inDatabase(file, (database) => database.exec(sql));
  }
}
