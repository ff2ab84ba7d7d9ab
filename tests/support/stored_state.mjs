// What the Worker has stored: SQLite files. They can be read at any time, and changed while the Worker is stopped.
//
// workerd keeps one file for each object, and beside those of a class the list of their alarms. Each object has a note
// of its own alarm as well.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** @import { DatabaseSyncOptions } from "node:sqlite" */

const ALARMS_FILE = "metadata.sqlite";

/** @param {string} persist */
const folderOf = (persist) => join(persist, "v3", "do");

/** @param {string} persist */
const fleetsOf = (persist) => join(folderOf(persist), "tidewatch-FleetObject");

/**
 * Does something with a database, and closes it.
 *
 * @template T
 * @param {string} file
 * @param {(database: DatabaseSync) => T} work
 * @param {DatabaseSyncOptions} [options]
 * @returns {T}
 */
export function inDatabase(file, work, options = {}) {
  const database = new DatabaseSync(file, options);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/**
 * The files of all objects, and of the lists of their alarms.
 *
 * @param {string} persist folder of the service's storage
 */
export function databases(persist) {
  const folder = folderOf(persist);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sqlite"))
    .map((name) => join(folder, name));
}

/**
 * The alarms of the projects.
 *
 * @param {string} persist folder of the service's storage
 */
export function alarms(persist) {
  const names = (/** @type {DatabaseSync} */ database) => database.prepare("SELECT actor_name FROM _cf_ALARM").all();
  return inDatabase(join(fleetsOf(persist), ALARMS_FILE), names, { readOnly: true });
}

/**
 * Deletes the alarms of all projects.
 *
 * @param {string} persist folder of the service's storage
 */
export function loseAlarms(persist) {
  assert.ok(alarms(persist).length > 0, "there is an alarm to lose");
  for (const file of databases(persist).filter((file) => file.startsWith(fleetsOf(persist)))) {
    const sql = file.endsWith(ALARMS_FILE) ? "DELETE FROM _cf_ALARM" : "DELETE FROM _cf_METADATA WHERE key = 1";
    inDatabase(file, (database) => database.exec(sql));
  }
}
