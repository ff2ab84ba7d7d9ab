// The dashboard's address: what a link shows again.

import assert from "node:assert/strict";
import { test } from "node:test";

import { readAddress, writeAddress } from "../../www/dashboard/address.js";

/** @import { Place } from "../../www/dashboard/address.js" */

/** @type {Place} */
const HOME = { status: null, owner: null, metadata: {}, text: "", range: "7d", session: null };
/** @param {Place} place */
const plain = (place) => ({ ...place, metadata: { ...place.metadata } });

test("every view can be read back from its URL", () => {
  /** @type {Place[]} */
  const places = [
    HOME,
    { ...HOME, status: "failed", owner: "crawler-7" },
    { ...HOME, metadata: { run: "17", "a[b]": "c&d=e" }, text: "two words" },
    { ...HOME, owner: "اختبار <b>&", range: "30d", session: "0192f0c1-7b3c-4000-8000-00000000000a" },
    { ...HOME, metadata: { "": "empty key is no filter" } },
  ];
  for (const place of places.slice(0, 4)) {
    assert.deepEqual(plain(readAddress(writeAddress(place).slice(1))), place);
  }
  assert.deepEqual(plain(readAddress(writeAddress(places[4]).slice(1))), HOME);
});

test("default values are not in the URL", () => {
  assert.equal(writeAddress(HOME), "/");
  assert.equal(writeAddress({ ...HOME, status: "live" }), "/?status=live");
});

test("the URL uses the API's names", () => {
  const address = writeAddress({ ...HOME, owner: "a", metadata: { run: "1" } });
  assert.equal(decodeURIComponent(address), "/?owner=a&metadata[run]=1");
});

test("unknown parameters count as absent", () => {
  assert.deepEqual(plain(readAddress("?status=starting&range=1y&owner=&session=&key=secret")), HOME);
});

test("a metadata key that is a built-in property name is an ordinary filter", () => {
  const { metadata } = readAddress("?metadata[__proto__]=x&metadata[constructor]=y");
  assert.deepEqual(Object.entries(metadata), [
    ["__proto__", "x"],
    ["constructor", "y"],
  ]);
});
