// Frames the player in a document with an opaque origin.
//
// rrweb replays into a frame of its own and must reach that frame's document. A frame with `sandbox` alone does not
// allow that: each frame inside gets another opaque origin. A `data:` document has an opaque origin by itself, and the
// frame inside it shares that origin. So the player reaches what it replays, and neither reaches the key, storage or
// documents of this origin. This document's rules (its Content-Security-Policy) apply to both.

const urlOf = (/** @type {string} */ path) => new URL(path, location.href).href;
const player = `<!doctype html>
<meta charset="utf-8">
<meta http-equiv="x-dns-prefetch-control" content="off">
<meta http-equiv="content-security-policy" content="frame-src 'none'; connect-src 'none'">
<title>Player</title>
<link rel="stylesheet" href="${urlOf("/replay/player.css")}">
<script src="${urlOf("/replay/player.js")}"></script>
<body></body>`;

const frame = document.createElement("iframe");
frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
frame.setAttribute("title", "Player");
frame.src = `data:text/html;charset=utf-8,${encodeURIComponent(player)}`;

/**
 * The page's end of a channel. The page sends it once; after that the page and the player talk without this document.
 *
 * @type {Promise<MessagePort>}
 */
const opened = new Promise((resolve) => {
  addEventListener("message", (event) => {
    const [port, ...others] = event.ports;
    if (event.source === parent && event.origin === location.origin && port && others.length === 0) resolve(port);
  });
});
/** @type {Promise<void>} */
const loaded = new Promise((resolve) => {
  addEventListener("message", (event) => {
    if (event.source === frame.contentWindow && event.data === "loaded") resolve();
  });
});
addEventListener("DOMContentLoaded", () => document.body.append(frame));
Promise.all([opened, loaded]).then(([port]) => frame.contentWindow?.postMessage("open", "*", [port]));
parent.postMessage("loaded", location.origin);
