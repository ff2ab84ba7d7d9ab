// Hours in a moment: while the Worker is stopped, everything it has stored is made older, and its provider's clock is
// advanced. When it starts again, that much time has passed for both.

import { databases, inDatabase } from "./stored_state.mjs";

/** @import { DatabaseSync } from "node:sqlite" */

// A whole number from here on is a time in milliseconds since 1970: all other stored numbers are far below.
const FIRST_TIME_MS = 1e12;
// workerd counts alarms in nanoseconds.
const FIRST_TIME_NS = 1e18;

/**
 * Lets time pass for a service with a `persist` folder, and for its provider: browsers that are idle by then end.
 *
 * @param {{persist?: string, provider: {clock: {pass: (ms: number) => void}}, stop: () => unknown,
 *   open: () => unknown}} service
 * @param {number} ms
 */
export async function travel(service, ms) {
  if (!service.persist) throw new Error("A service without a folder stores nothing.");
  await service.stop();
  for (const file of databases(service.persist)) inDatabase(file, (database) => age(database, ms));
  service.provider.clock.pass(ms);
  await service.open();
}

/**
 * @param {DatabaseSync} database
 * @param {number} ms
 */
function age(database, ms) {
  const tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
  for (const { name: table } of database.prepare(tables).all()) {
    for (const { name: column } of database.prepare(`PRAGMA table_info("${table}")`).all()) {
      ageNumbers(database, `${table}`, `${column}`, ms);
      ageDocuments(database, `${table}`, `${column}`, ms);
    }
  }
}

/**
 * @param {DatabaseSync} database
 * @param {string} table
 * @param {string} column
 * @param {number} ms
 */
function ageNumbers(database, table, column, ms) {
  const by = `CASE WHEN "${column}" >= ${FIRST_TIME_NS} THEN ${ms} * 1000000 ELSE ${ms} END`;
  const where = `typeof("${column}") = 'integer' AND "${column}" >= ${FIRST_TIME_MS}`;
  database.exec(`UPDATE "${table}" SET "${column}" = "${column}" - ${by} WHERE ${where}`);
}

/**
 * @param {DatabaseSync} database
 * @param {string} table
 * @param {string} column
 * @param {number} ms
 */
function ageDocuments(database, table, column, ms) {
  const json = `typeof("${column}") = 'text' AND json_valid("${column}")`;
  const documents = database.prepare(`SELECT DISTINCT "${column}" AS text FROM "${table}" WHERE ${json}`).all();
  const update = database.prepare(`UPDATE "${table}" SET "${column}" = ? WHERE "${column}" = ?`);
  for (const { text } of documents) {
    const aged = JSON.stringify(JSON.parse(`${text}`), (_, value) => (isTime(value) ? value - ms : value));
    if (aged !== text) update.run(aged, text);
  }
}

/** @param {unknown} value */
const isTime = (value) => Number.isSafeInteger(value) && Number(value) >= FIRST_TIME_MS;
