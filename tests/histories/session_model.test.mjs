// What the API allows for one session: each story has an order that explains it, or none.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ended, live, neverLive, Story } from "./story.mjs";

const [ID, KEY] = ["id:1", "key:1"];
const one = live(ID, 5);
const released = ended(one, 25);
const timedOut = ended(one, 1006, "timeout");
// The service chooses the id of a session with a key.
const keyed = (/** @type {number} */ createdAt, /** @type {string} */ id) => live(KEY, createdAt, { id });

const silent = live(ID, 5, { inactivityTimeout: 500 });
const watched = () => new Story().create([0, 10], ID, silent, { inactivity: 500 });
const begun = () => new Story().create([0, 10], ID, one);
const twiceFailed = () => new Story().create([0, 10], KEY, "provider_error").create([20, 30], KEY, "provider_error");
const failedStart = (/** @type {number} */ endedAt, /** @type {string} */ id) =>
  neverLive(KEY, endedAt, "startup_failed", { id });
const beganReleased = () => begun().release([20, 30], ID, released);

/** @type {(name: string, story: () => Story) => void} */
const explained = (name, story) => test(name, () => assert.deepEqual(whatIsWrong(story()), []));
/** @type {(name: string, story: () => Story) => void} */
const unexplained = (name, story) => test(name, () => assert.deepEqual(whatIsWrong(story()), ["no order explains it"]));
const whatIsWrong = (/** @type {Story} */ { violations }) => violations.map(({ what }) => what);

describe("there is an order", () => {
  explained("for a life from create to release, and the calls after it", () =>
    new Story()
      .get([0, 1], ID, "session_not_found")
      .change([2, 3], ID, { timeout: 2000 }, "session_not_found")
      .create([4, 10], ID, one)
      .createAgain([11, 12], ID, one)
      .create([13, 14], ID, "idempotency_mismatch", { variant: "b" })
      .change([15, 16], ID, { metadata: { a: "1" } }, { ...one, metadata: { a: "1" } })
      .details([17, 18], ID)
      .release([20, 30], ID, { ...released, metadata: { a: "1" } })
      .release([31, 32], ID, { ...released, metadata: { a: "1" } })
      .change([33, 34], ID, { timeout: 2000 }, "session_ended")
      .createAgain([35, 36], ID, { ...released, metadata: { a: "1" } })
      .list([37, 38], {}, [{ ...released, metadata: { a: "1" } }]),
  );

  explained("for a read that overlaps a release, whatever it shows", () =>
    begun().release([20, 30], ID, released).get([21, 31], ID, one),
  );
  explained("for an end at the deadline, and for one a little later", () =>
    begun().get([900, 910], ID, one).get([1010, 1011], ID, timedOut),
  );
  explained("for a browser that is lost at any time", () => begun().get([20, 21], ID, ended(one, 15, "browser_lost")));

  explained("for an extension before the deadline", () =>
    begun()
      .change([995, 1001], ID, { timeout: 2000 }, live(ID, 5, { timeout: 2000 }))
      .get([1500, 1501], ID, live(ID, 5, { timeout: 2000 })),
  );
  explained("for an extension after the deadline that is refused", () =>
    begun().change([995, 1010], ID, { timeout: 2000 }, "session_ended").get([1011, 1012], ID, timedOut),
  );
  explained("for a timeout that is shortened to a time in the past", () =>
    begun()
      .change([20, 30], ID, { timeout: 3000 }, live(ID, 5, { timeout: 3000 }))
      .change([1500, 1510], ID, { timeout: 1000 }, ended(one, 1504, "timeout")),
  );

  explained("for an inactivity timeout of a watched session", () =>
    watched().get([600, 601], ID, ended(silent, 505, "inactivity_timeout")),
  );
  explained("for a change of inactivityTimeout of a watched session, and its refusal for another session", () =>
    watched()
      .change([20, 21], ID, { inactivityTimeout: 700 }, { ...silent, inactivityTimeout: 700 })
      .create([30, 40], "id:2", live("id:2", 35))
      .change([41, 42], "id:2", { inactivityTimeout: 700 }, "not_watched"),
  );
  explained("for a page of a list that does not show the session", () =>
    begun()
      .create([11, 15], "id:2", live("id:2", 12))
      .list([20, 21], { nextCursor: "id:2", totalCount: 2 }, [live("id:2", 12)]),
  );
  explained("for a release without an answer that took effect", () =>
    begun().release([20], ID).get([30, 31], ID, released),
  );
  explained("for a release without an answer that did not take effect", () =>
    begun().release([20], ID).get([1010, 1011], ID, timedOut),
  );
  explained("for a create without an answer whose repetition finds the session", () =>
    new Story().create([0], KEY).createAgain([20, 30], KEY, keyed(5, "x")),
  );
  explained("for a change without an answer that took effect late", () =>
    begun()
      .change([20], ID, { timeout: 2000 })
      .get([30, 31], ID, one)
      .get([40, 41], ID, live(ID, 5, { timeout: 2000 })),
  );

  explained("for a session that is released while it starts", () =>
    new Story()
      .create([0, 30], ID, "released_while_starting")
      .release([10, 20], ID, neverLive(ID, 15, "user_requested"))
      .create([31, 32], ID, "released_while_starting"),
  );
  explained("for a failed start that frees its key and leaves a session", () =>
    new Story()
      .create([0, 10], KEY, "provider_error")
      .create([20, 30], KEY, keyed(25, "y"))
      .list([40, 41], {}, [keyed(25, "y"), failedStart(8, "x")]),
  );
  explained("for consecutive failed starts under one key", () =>
    twiceFailed().listAtTheEnd([50, 51], [failedStart(28, "y"), failedStart(8, "x")]),
  );
  explained("for a failed start that does not free its id and answers the stored problem again", () =>
    new Story()
      .create([0, 10], ID, "provider_error")
      .create([20, 30], ID, "provider_error")
      .get([40, 41], ID, neverLive(ID, 8, "startup_failed")),
  );
  explained("for a refusal at the limit that names the holders of the slots", () =>
    new Story({ limit: 1 }).create([0, 10], ID, one).create([20, 21], KEY, "limit_reached", { holders: [one] }),
  );
  explained("for a create that waits in the queue and is served", () =>
    new Story({ limit: 1 })
      .create([0, 10], ID, one)
      .create([20, 40], KEY, keyed(35, "x"), { wait: 100 })
      .release([25, 30], ID, ended(one, 28)),
  );
  explained("for a create that waits in vain, leaves nothing, and may be repeated", () =>
    new Story({ limit: 1 })
      .create([0, 10], KEY, keyed(5, "x"))
      .create([20, 120], ID, "limit_reached", { wait: 100, holders: [keyed(5, "x")] })
      .create([30, 121], ID, "limit_reached", { wait: 100, holders: [keyed(5, "x")] })
      .get([40, 122], ID, "session_not_found")
      .release([130, 131], "x", ended(keyed(5, "x"), 130))
      .create([140, 150], ID, live(ID, 145), { wait: 100 }),
  );
  explained("for a create that was shown in the queue and left only its id", () =>
    new Story({ limit: 1 })
      .create([0, 10], ID, one)
      .create([20, 120], KEY, "limit_reached", { wait: 100, holders: [one] })
      .releaseAll([30, 31], { dryRun: true }, [ID, "x"]),
  );
  explained("for a client without a key that hung up while it waited", () =>
    new Story()
      .create([0], "none:1", undefined, { wait: 100 })
      .list([50, 51], {}, [neverLive("none:1", 20, "client_disconnected", { id: "x" })]),
  );
  explained("for a release of all sessions, and for a dry run", () =>
    begun().releaseAll([11, 12], { dryRun: true }, [ID]).releaseAll([20, 30], {}, [ID]).get([31, 32], ID, released),
  );
  explained("for a release of one owner's sessions that leaves another owner's session", () =>
    begun().releaseAll([11, 12], { owner: "ben" }, []).get([13, 14], ID, one),
  );
  explained("for a release of many without an answer that released the session", () =>
    begun().releaseAll([20], {}).get([31, 32], ID, released),
  );
});

describe("there is no order", () => {
  unexplained("for a stale read after a release that was answered", () => beganReleased().get([31, 32], ID, one));
  unexplained("for an ended session that is live again", () =>
    begun().get([20, 30], ID, released).get([31, 32], ID, one).get([33, 34], ID, released),
  );
  unexplained("for a list that shows an ended session as live", () =>
    beganReleased().list([31, 32], { status: "live" }, [one]),
  );
  unexplained("for a list that does not show a live session", () =>
    begun().list([20, 21], { status: "live" }, []).get([30, 31], ID, one),
  );
  unexplained("for a list of all sessions that does not show an ended session", () =>
    beganReleased().list([31, 32], {}, []),
  );
  unexplained("for a session that is not found after it was shown", () =>
    begun().get([20, 21], ID, "session_not_found"),
  );
  unexplained("for live details of an ended session", () => beganReleased().details([31, 32], ID));
  unexplained("for live details after the deadline", () => begun().details([1005, 1010], ID));
  unexplained("for a 409 for an ended session, and a later read that shows it live", () =>
    begun().change([1003, 1008], ID, { timeout: 2000 }, "session_ended").get([1009, 1010], ID, one),
  );
  unexplained("for a 409 for an ended session, and a later release that ends it", () =>
    begun().change([1003, 1008], ID, { timeout: 2000 }, "session_ended").release([1009, 1012], ID, ended(one, 1010)),
  );

  unexplained("for a change that is lost", () =>
    begun()
      .change([20, 21], ID, { metadata: { a: "1" } }, live(ID, 5, { metadata: { a: "1" } }))
      .get([30, 31], ID, one),
  );
  unexplained("for a change that answers with the values of another change", () =>
    begun().change([20, 21], ID, { metadata: { a: "1" } }, live(ID, 5, { metadata: { a: "2" } })),
  );
  unexplained("for a change without an answer that was shown and then undone", () =>
    begun()
      .change([20], ID, { timeout: 2000 })
      .get([30, 31], ID, live(ID, 5, { timeout: 2000 }))
      .get([40, 41], ID, one),
  );
  unexplained("for an extension after the deadline", () =>
    begun().change([1006, 1010], ID, { timeout: 2000 }, live(ID, 5, { timeout: 2000 })),
  );
  unexplained("for an extension that succeeded, and an end at the old deadline", () =>
    begun()
      .change([20, 21], ID, { timeout: 2000 }, live(ID, 5, { timeout: 2000 }))
      .get([1010, 1011], ID, timedOut),
  );
  unexplained("for an end before its deadline", () => begun().get([1010, 1011], ID, ended(one, 1004, "timeout")));

  unexplained("for an inactivity timeout that ends too early", () =>
    watched().get([600, 601], ID, ended(silent, 504, "inactivity_timeout")),
  );
  unexplained("for an inactivity timeout of a session that is not watched", () =>
    begun().get([900, 901], ID, ended(one, 800, "inactivity_timeout")),
  );
  unexplained("for an end that is later than the answer that shows it", () =>
    begun().get([20, 21], ID, ended(one, 22, "browser_lost")),
  );
  unexplained("for an end that is later than its release", () => begun().release([20, 30], ID, ended(one, 31)));
  unexplained("for an end before the session was live", () => begun().get([20, 21], ID, ended(one, 4, "browser_lost")));
  unexplained("for a session that was live before it was requested", () => new Story().create([6, 10], ID, one));
  unexplained("for a session that is live only after the answer that shows it", () =>
    new Story().create([0, 4], ID, one),
  );
  unexplained("for a failed start of a session that was live", () =>
    begun().get([20, 21], ID, {
      ...ended(one, 15, "startup_failed"),
      status: "failed",
      failure: { code: "start_timeout" },
    }),
  );
  unexplained("for a lost browser that does not count as a failure", () =>
    begun().get([20, 21], ID, { ...ended(one, 15, "browser_lost"), status: "released", failure: undefined }),
  );
  unexplained("for a failure without its cause", () =>
    begun().get([20, 21], ID, { ...ended(one, 15, "browser_lost"), failure: undefined }),
  );
  unexplained("for a change that answers with an end that it did not cause", () =>
    begun().change([1000, 1010], ID, { metadata: {} }, timedOut),
  );
  unexplained("for a change of a live session that answers 404", () =>
    begun().change([20, 21], ID, { timeout: 2000 }, "session_not_found"),
  );
  unexplained("for a watched session that refuses a change of inactivityTimeout", () =>
    watched().change([20, 21], ID, { inactivityTimeout: 700 }, "not_watched"),
  );
  unexplained("for a session that began twice", () => begun().get([20, 21], ID, live(ID, 6)));
  unexplained("for a session whose URL changes", () =>
    begun().get([20, 21], ID, { ...one, websocketUrl: "ws://host/another" }),
  );
  unexplained("for two different ends", () => beganReleased().get([40, 41], ID, ended(one, 26)));
  unexplained("for two different reasons of one end", () =>
    begun().release([1000, 1010], ID, ended(one, 1006)).get([1011, 1012], ID, timedOut),
  );
  unexplained("for a release without a call", () => begun().get([30, 31], ID, released));
  unexplained("for an end before the release that caused it", () => begun().release([20, 30], ID, ended(one, 15)));

  unexplained("for a repeated create with the same key that makes two sessions", () =>
    new Story().create([0, 10], KEY, keyed(5, "x")).create([20, 30], KEY, keyed(25, "y")),
  );
  unexplained("for concurrent creates with the same key that make two sessions", () =>
    new Story().create([0, 30], KEY, keyed(5, "x")).create([1, 31], KEY, keyed(6, "y")),
  );
  unexplained("for a create that answers 201 for an existing session", () => begun().create([20, 30], ID, one));
  unexplained("for a create that answers 200 for a new session", () => new Story().createAgain([0, 10], ID, one));
  unexplained("for a create that was released while starting and shows a failed start", () =>
    new Story().create([0, 30], ID, "released_while_starting").get([40, 41], ID, neverLive(ID, 15, "startup_failed")),
  );
  unexplained("for a failed start under a key that no list shows", () =>
    twiceFailed().listAtTheEnd([50, 51], [failedStart(8, "x")]),
  );
  unexplained("for a failed start with an id that is started again", () =>
    new Story().create([0, 10], ID, "provider_error").create([20, 30], ID, live(ID, 25)),
  );
  unexplained("for a create with another body that answers with the same session", () =>
    begun().createAgain([20, 30], ID, one, { variant: "b" }),
  );
  unexplained("for a mismatch without an earlier create", () =>
    new Story().create([0, 10], ID, "idempotency_mismatch"),
  );
  unexplained("for a create that answers 201 with an ended session", () =>
    new Story().create([0, 30], ID, ended(one, 20, "browser_lost")),
  );
  unexplained("for a create that fails although its session was live", () =>
    new Story().create([0, 30], ID, "provider_error").get([10, 20], ID, one),
  );
  unexplained("for a refusal at the limit of a session that exists", () =>
    new Story({ limit: 1 }).create([0, 10], ID, one).create([20, 21], ID, "limit_reached", { holders: [one] }),
  );
  unexplained("for a refusal at the limit that does not name a holder", () =>
    new Story({ limit: 1 }).create([0, 10], ID, one).create([20, 21], KEY, "limit_reached").get([30, 31], ID, one),
  );

  unexplained("for a refusal before the wait is over", () =>
    new Story({ limit: 1 })
      .create([0, 10], KEY, keyed(5, "x"))
      .create([20, 119], ID, "limit_reached", { wait: 100, holders: [keyed(5, "x")] }),
  );
  unexplained("for a session that exists after its wait was over", () =>
    new Story({ limit: 1 })
      .create([0, 10], KEY, keyed(5, "x"))
      .create([20, 120], ID, "limit_reached", { wait: 100, holders: [keyed(5, "x")] })
      .get([130, 131], ID, neverLive(ID, 120, "startup_failed")),
  );
  unexplained("for a session with a key that ends because its client hung up", () =>
    new Story().create([0], KEY).list([50, 51], {}, [neverLive(KEY, 20, "client_disconnected", { id: "x" })]),
  );
  unexplained("for a release of all sessions that leaves one out", () =>
    begun().releaseAll([20, 30], {}, []).get([40, 41], ID, one),
  );
  unexplained("for a release of all sessions that does not end a session that it names", () =>
    begun().releaseAll([20, 30], {}, [ID]).get([40, 41], ID, one),
  );
  unexplained("for a release of all sessions that names an ended session", () =>
    beganReleased().releaseAll([40, 41], {}, [ID]),
  );
  unexplained("for a dry run that names an ended session", () =>
    beganReleased().releaseAll([40, 41], { dryRun: true }, [ID]),
  );
  unexplained("for a dry run that ends a session", () =>
    begun().releaseAll([20, 30], { dryRun: true }, [ID]).get([40, 41], ID, released),
  );
  unexplained("for a release of one owner's sessions that names another owner's session", () =>
    begun().releaseAll([20, 30], { owner: "ben" }, [ID]),
  );
});

test("an answer about a session without a create is a violation", () => {
  const story = begun().list([20, 21], {}, [live("key:7", 15, { id: "x" }), one]);
  assert.match(story.violations[0].what, /key:7, which no call has asked for/);
});

test("an answer that the API does not allow is a violation", () => {
  const story = begun().get([20, 21], ID, "limit_reached");
  assert.match(story.violations[0].what, /knows no 429 limit_reached/);
  const halfDead = begun().get([20, 21], ID, { ...one, endedAt: released.endedAt });
  assert.match(halfDead.violations[0].what, /id:1 is live, ended at/);
});

test("a call without an answer is a violation if its client waits", () => {
  const story = begun().get([20], ID).inVain();
  assert.deepEqual(whatIsWrong(story), ["a call was never answered"]);
  assert.deepEqual(whatIsWrong(begun().get([20], ID)), []);
});
