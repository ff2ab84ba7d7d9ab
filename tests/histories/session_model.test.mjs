// What the contract lets happen to one session, and what not: each story has an order that explains it, or none.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ended, live, neverLive, Story } from "./story.mjs";

const [ID, KEY] = ["id:1", "key:1"];
const one = live(ID, 5);
const released = ended(one, 25);
const timedOut = ended(one, 1006, "timeout");
// What a key leads to has an id of the service's.
const keyed = (createdAt, id) => live(KEY, createdAt, { id });

const silent = live(ID, 5, { inactivityTimeout: 500 });
const watched = () => new Story().create([0, 10], ID, silent, { inactivity: 500 });
const begun = () => new Story().create([0, 10], ID, one);
const twiceFailed = () => new Story().create([0, 10], KEY, "provider_error").create([20, 30], KEY, "provider_error");
const failedStart = (endedAt, id) => neverLive(KEY, endedAt, "startup_failed", { id });
const beganReleased = () => begun().release([20, 30], ID, released);

const explained = (name, story) => test(name, () => assert.deepEqual(whatIsWrong(story()), []));
const unexplained = (name, story) => test(name, () => assert.deepEqual(whatIsWrong(story()), ["no order explains it"]));
const whatIsWrong = ({ violations }) => violations.map(({ what }) => what);

describe("there is an order", () => {
  explained("for a life from its create to its release, and what comes after", () =>
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
  explained("for its end at its deadline, and a little later", () =>
    begun().get([900, 910], ID, one).get([1010, 1011], ID, timedOut),
  );
  explained("for a browser that was lost, at any time", () =>
    begun().get([20, 21], ID, ended(one, 15, "browser_lost")),
  );

  explained("for an extension that was in time", () =>
    begun()
      .change([995, 1001], ID, { timeout: 2000 }, live(ID, 5, { timeout: 2000 }))
      .get([1500, 1501], ID, live(ID, 5, { timeout: 2000 })),
  );
  explained("for an extension that came too late", () =>
    begun().change([995, 1010], ID, { timeout: 2000 }, "session_ended").get([1011, 1012], ID, timedOut),
  );
  explained("for a timeout that is shortened to what is past", () =>
    begun()
      .change([20, 30], ID, { timeout: 3000 }, live(ID, 5, { timeout: 3000 }))
      .change([1500, 1510], ID, { timeout: 1000 }, ended(one, 1504, "timeout")),
  );

  explained("for a silent end of a session that is watched", () =>
    watched().get([600, 601], ID, ended(silent, 505, "inactivity_timeout")),
  );
  explained("for a change of what only a watched session has, and its refusal elsewhere", () =>
    watched()
      .change([20, 21], ID, { inactivityTimeout: 700 }, { ...silent, inactivityTimeout: 700 })
      .create([30, 40], "id:2", live("id:2", 35))
      .change([41, 42], "id:2", { inactivityTimeout: 700 }, "not_watched"),
  );
  explained("for a page of a list that does not show it", () =>
    begun()
      .create([11, 15], "id:2", live("id:2", 12))
      .list([20, 21], { nextCursor: "id:2", totalCount: 2 }, [live("id:2", 12)]),
  );
  explained("for a release that was never answered and happened", () =>
    begun().release([20], ID).get([30, 31], ID, released),
  );
  explained("for a release that was never answered and did not happen", () =>
    begun().release([20], ID).get([1010, 1011], ID, timedOut),
  );
  explained("for a create that was never answered, and whose session is there when it is created again", () =>
    new Story().create([0], KEY).createAgain([20, 30], KEY, keyed(5, "x")),
  );
  explained("for a change that was never answered and happened late", () =>
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
  explained("for a start that failed: its key is free, and its session stays", () =>
    new Story()
      .create([0, 10], KEY, "provider_error")
      .create([20, 30], KEY, keyed(25, "y"))
      .list([40, 41], {}, [keyed(25, "y"), failedStart(8, "x")]),
  );
  explained("for starts that failed under one key, one after the other", () =>
    twiceFailed().listAtTheEnd([50, 51], [failedStart(28, "y"), failedStart(8, "x")]),
  );
  explained("for a start that failed: its id is not free, and it gets the stored problem again", () =>
    new Story()
      .create([0, 10], ID, "provider_error")
      .create([20, 30], ID, "provider_error")
      .get([40, 41], ID, neverLive(ID, 8, "startup_failed")),
  );
  explained("for a limit that leaves no place, and names who holds the slots", () =>
    new Story({ limit: 1 }).create([0, 10], ID, one).create([20, 21], KEY, "limit_reached", { holders: [one] }),
  );
  explained("for one who waits in line and is served", () =>
    new Story({ limit: 1 })
      .create([0, 10], ID, one)
      .create([20, 40], KEY, keyed(35, "x"), { wait: 100 })
      .release([25, 30], ID, ended(one, 28)),
  );
  explained("for one who waits in line for nothing: nothing is left of it, and it may come again", () =>
    new Story({ limit: 1 })
      .create([0, 10], KEY, keyed(5, "x"))
      .create([20, 120], ID, "limit_reached", { wait: 100, holders: [keyed(5, "x")] })
      .create([30, 121], ID, "limit_reached", { wait: 100, holders: [keyed(5, "x")] })
      .get([40, 122], ID, "session_not_found")
      .release([130, 131], "x", ended(keyed(5, "x"), 130))
      .create([140, 150], ID, live(ID, 145), { wait: 100 }),
  );
  explained("for one who waited in line, was seen there, and left nothing but its id", () =>
    new Story({ limit: 1 })
      .create([0, 10], ID, one)
      .create([20, 120], KEY, "limit_reached", { wait: 100, holders: [one] })
      .releaseAll([30, 31], { dryRun: true }, [ID, "x"]),
  );
  explained("for one who hung up while it waited, and can't come back", () =>
    new Story()
      .create([0], "none:1", undefined, { wait: 100 })
      .list([50, 51], {}, [neverLive("none:1", 20, "client_disconnected", { id: "x" })]),
  );
  explained("for a release of all, and one that only asks", () =>
    begun().releaseAll([11, 12], { dryRun: true }, [ID]).releaseAll([20, 30], {}, [ID]).get([31, 32], ID, released),
  );
  explained("for a release of one owner's that spares another's", () =>
    begun().releaseAll([11, 12], { owner: "ben" }, []).get([13, 14], ID, one),
  );
  explained("for a release of many that was never answered and has taken it", () =>
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
  unexplained("for a list of all that does not show an ended one", () => beganReleased().list([31, 32], {}, []));
  unexplained("for a session that is not found after it was shown", () =>
    begun().get([20, 21], ID, "session_not_found"),
  );
  unexplained("for live details of an ended session", () => beganReleased().details([31, 32], ID));
  unexplained("for live details after the deadline", () => begun().details([1005, 1010], ID));
  unexplained("for a 409 that says it has ended, and a read that shows it live after that", () =>
    begun().change([1003, 1008], ID, { timeout: 2000 }, "session_ended").get([1009, 1010], ID, one),
  );
  unexplained("for a 409 that says it has ended, and a release that ends it only after that", () =>
    begun().change([1003, 1008], ID, { timeout: 2000 }, "session_ended").release([1009, 1012], ID, ended(one, 1010)),
  );

  unexplained("for a change that is lost", () =>
    begun()
      .change([20, 21], ID, { metadata: { a: "1" } }, live(ID, 5, { metadata: { a: "1" } }))
      .get([30, 31], ID, one),
  );
  unexplained("for a change that answers with another one's values", () =>
    begun().change([20, 21], ID, { metadata: { a: "1" } }, live(ID, 5, { metadata: { a: "2" } })),
  );
  unexplained("for a change that was undone after it was seen, although it was never answered", () =>
    begun()
      .change([20], ID, { timeout: 2000 })
      .get([30, 31], ID, live(ID, 5, { timeout: 2000 }))
      .get([40, 41], ID, one),
  );
  unexplained("for an extension after the deadline", () =>
    begun().change([1006, 1010], ID, { timeout: 2000 }, live(ID, 5, { timeout: 2000 })),
  );
  unexplained("for an extension that won, and an end at the old deadline", () =>
    begun()
      .change([20, 21], ID, { timeout: 2000 }, live(ID, 5, { timeout: 2000 }))
      .get([1010, 1011], ID, timedOut),
  );
  unexplained("for an end before its deadline", () => begun().get([1010, 1011], ID, ended(one, 1004, "timeout")));

  unexplained("for an end by silence before its time", () =>
    watched().get([600, 601], ID, ended(silent, 504, "inactivity_timeout")),
  );
  unexplained("for an end by silence of a session that nobody watches", () =>
    begun().get([900, 901], ID, ended(one, 800, "inactivity_timeout")),
  );
  unexplained("for an end that lies ahead of the answer that shows it", () =>
    begun().get([20, 21], ID, ended(one, 22, "browser_lost")),
  );
  unexplained("for an end that lies ahead of its release", () => begun().release([20, 30], ID, ended(one, 31)));
  unexplained("for an end before it was live", () => begun().get([20, 21], ID, ended(one, 4, "browser_lost")));
  unexplained("for a session that was live before it was asked for", () => new Story().create([6, 10], ID, one));
  unexplained("for a session that is live only after the answer that shows it", () =>
    new Story().create([0, 4], ID, one),
  );
  unexplained("for a failed start of what was live", () =>
    begun().get([20, 21], ID, {
      ...ended(one, 15, "startup_failed"),
      status: "failed",
      failure: { code: "start_timeout" },
    }),
  );
  unexplained("for a lost browser that is no failure", () =>
    begun().get([20, 21], ID, { ...ended(one, 15, "browser_lost"), status: "released", failure: undefined }),
  );
  unexplained("for a failure without its cause", () =>
    begun().get([20, 21], ID, { ...ended(one, 15, "browser_lost"), failure: undefined }),
  );
  unexplained("for a change that answers with an end that it has not made", () =>
    begun().change([1000, 1010], ID, { metadata: {} }, timedOut),
  );
  unexplained("for a change of a live session that is not found", () =>
    begun().change([20, 21], ID, { timeout: 2000 }, "session_not_found"),
  );
  unexplained("for a refusal of what a watched session has", () =>
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
  unexplained("for a release that nobody has asked for", () => begun().get([30, 31], ID, released));
  unexplained("for an end before the release that has made it", () => begun().release([20, 30], ID, ended(one, 15)));

  unexplained("for a create repeated with the same key that gives two sessions", () =>
    new Story().create([0, 10], KEY, keyed(5, "x")).create([20, 30], KEY, keyed(25, "y")),
  );
  unexplained("for a create repeated at the same time that gives two sessions", () =>
    new Story().create([0, 30], KEY, keyed(5, "x")).create([1, 31], KEY, keyed(6, "y")),
  );
  unexplained("for a create that says it is new, and is not", () => begun().create([20, 30], ID, one));
  unexplained("for a create that says it is not new, and is", () => new Story().createAgain([0, 10], ID, one));
  unexplained("for a create that was released, and a start that failed", () =>
    new Story().create([0, 30], ID, "released_while_starting").get([40, 41], ID, neverLive(ID, 15, "startup_failed")),
  );
  unexplained("for a start that failed under a key, and that no list shows", () =>
    twiceFailed().listAtTheEnd([50, 51], [failedStart(8, "x")]),
  );
  unexplained("for a failed start with an id that is made anew", () =>
    new Story().create([0, 10], ID, "provider_error").create([20, 30], ID, live(ID, 25)),
  );
  unexplained("for a create with another body that gives the same session", () =>
    begun().createAgain([20, 30], ID, one, { variant: "b" }),
  );
  unexplained("for a mismatch with nothing", () => new Story().create([0, 10], ID, "idempotency_mismatch"));
  unexplained("for a create that gives an ended session as new", () =>
    new Story().create([0, 30], ID, ended(one, 20, "browser_lost")),
  );
  unexplained("for a create that fails although its session came to live", () =>
    new Story().create([0, 30], ID, "provider_error").get([10, 20], ID, one),
  );
  unexplained("for a limit that refuses a session that is there", () =>
    new Story({ limit: 1 }).create([0, 10], ID, one).create([20, 21], ID, "limit_reached", { holders: [one] }),
  );
  unexplained("for a limit that does not name a session that holds a slot", () =>
    new Story({ limit: 1 }).create([0, 10], ID, one).create([20, 21], KEY, "limit_reached").get([30, 31], ID, one),
  );

  unexplained("for a refusal before the wait is over", () =>
    new Story({ limit: 1 })
      .create([0, 10], KEY, keyed(5, "x"))
      .create([20, 119], ID, "limit_reached", { wait: 100, holders: [keyed(5, "x")] }),
  );
  unexplained("for a session that is there after its wait was over", () =>
    new Story({ limit: 1 })
      .create([0, 10], KEY, keyed(5, "x"))
      .create([20, 120], ID, "limit_reached", { wait: 100, holders: [keyed(5, "x")] })
      .get([130, 131], ID, neverLive(ID, 120, "startup_failed")),
  );
  unexplained("for a session with a key that ends because its caller hung up", () =>
    new Story().create([0], KEY).list([50, 51], {}, [neverLive(KEY, 20, "client_disconnected", { id: "x" })]),
  );
  unexplained("for a release of all that missed one", () =>
    begun().releaseAll([20, 30], {}, []).get([40, 41], ID, one),
  );
  unexplained("for a release of all that did not end what it names", () =>
    begun().releaseAll([20, 30], {}, [ID]).get([40, 41], ID, one),
  );
  unexplained("for a release of all that names what had ended", () => beganReleased().releaseAll([40, 41], {}, [ID]));
  unexplained("for a dry run that names what had ended", () =>
    beganReleased().releaseAll([40, 41], { dryRun: true }, [ID]),
  );
  unexplained("for a dry run that ends what it names", () =>
    begun().releaseAll([20, 30], { dryRun: true }, [ID]).get([40, 41], ID, released),
  );
  unexplained("for a release of one owner's that takes another's", () =>
    begun().releaseAll([20, 30], { owner: "ben" }, [ID]),
  );
});

test("an answer about a session that nobody has asked for is told", () => {
  const story = begun().list([20, 21], {}, [live("key:7", 15, { id: "x" }), one]);
  assert.match(story.violations[0].what, /key:7, which no call has asked for/);
});

test("an answer that the contract does not know is told", () => {
  const story = begun().get([20, 21], ID, "limit_reached");
  assert.match(story.violations[0].what, /knows no 429 limit_reached/);
  const halfDead = begun().get([20, 21], ID, { ...one, endedAt: released.endedAt });
  assert.match(halfDead.violations[0].what, /id:1 is live, ended at/);
});

test("a call that is not answered while its client waits is told", () => {
  const story = begun().get([20], ID).inVain();
  assert.deepEqual(whatIsWrong(story), ["a call was never answered"]);
  assert.deepEqual(whatIsWrong(begun().get([20], ID)), []);
});
