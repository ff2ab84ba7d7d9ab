// rrweb's numbers, by the names that @rrweb/types gives them.

/** The types of events (`EventType`). */
export const EVENT_TYPE = { FULL_SNAPSHOT: 2, INCREMENTAL_SNAPSHOT: 3, META: 4, CUSTOM: 5 };

/** The sources of incremental snapshots (`IncrementalSource`). */
export const SOURCE = { MUTATION: 0, MOUSE_INTERACTION: 2, INPUT: 5 };
