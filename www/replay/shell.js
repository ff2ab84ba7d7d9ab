// Frames the player in a document of no origin.
//
// rrweb replays into a frame of its own that it must be able to reach. In a frame with `sandbox` alone it can't: each frame
// below gets another opaque origin. A `data:` document has an opaque origin by itself, which the frame below it shares. So the
// player reaches what it replays, and neither reaches the key, storage or documents of this origin. The rules of this document
// (its Content-Security-Policy) hold in both.

const asset = (name) => new URL(name, location.href).href;
const player = `<!doctype html>
<meta charset="utf-8">
<meta http-equiv="x-dns-prefetch-control" content="off">
<meta http-equiv="content-security-policy" content="frame-src 'none'; connect-src 'none'">
<title>Player</title>
<link rel="stylesheet" href="${asset("/replay/player.css")}">
<script src="${asset("/replay/player.js")}"></script>
<body></body>`;

const frame = document.createElement("iframe");
frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
frame.setAttribute("title", "Player");
frame.src = `data:text/html;charset=utf-8,${encodeURIComponent(player)}`;

// The page hands over one end of a channel, once; from then on it and the player talk without this document.
const opened = new Promise((resolve) => {
  addEventListener("message", (event) => {
    if (event.source === parent && event.origin === location.origin && event.ports.length === 1)
      resolve(event.ports[0]);
  });
});
const loaded = new Promise((resolve) => {
  addEventListener("message", (event) => event.source === frame.contentWindow && event.data === "loaded" && resolve());
});
addEventListener("DOMContentLoaded", () => document.body.append(frame));
Promise.all([opened, loaded]).then(([port]) => frame.contentWindow.postMessage("open", "*", [port]));
parent.postMessage("loaded", location.origin);
