// The pages that sessions show to their viewers.

import { openSite } from "../support/site.mjs";

const FORM = `<!doctype html><title>Form</title>
<style>body { margin: 0; background: #fff } input, button, textarea { position: absolute; left: 20px; width: 300px; height: 40px; font-size: 20px }
#name { top: 20px } #text { top: 80px; height: 80px } #press { top: 180px } #long { position: absolute; top: 300px; height: 3000px }</style>
<input id="name"><textarea id="text"></textarea><button id="press">Press</button><div id="long">long</div>
<script>
  globalThis.seen = [];
  for (const kind of ["keydown", "keyup", "mousedown", "mouseup", "click", "dblclick", "contextmenu", "auxclick", "compositionend"]) {
    addEventListener(kind, (event) => seen.push([kind, event.key ?? event.button, event.code ?? event.detail, event.target.id]), true);
  }
</script>`;

const PAGES = {
  "/form": FORM,
  "/next": "<!doctype html><title>Next</title><h1>Next</h1>",
  "/red": `<!doctype html><title>Red</title><body style="background: rgb(220, 20, 20)">`,
  "/blue": `<!doctype html><title>Blue</title><body style="background: rgb(20, 20, 220)">`,
  "/popup": `<!doctype html><title>Opener</title><body style="height: 90vh; background: rgb(20, 160, 20)"
    onclick="window.open('/blue', '_blank')">`,
  "/dialog": `<!doctype html><title>Dialog</title><body style="height: 90vh; background: rgb(20, 160, 20)"
    onclick="document.title = 'answered ' + prompt('What <b>now</b>?', 'nothing')">`,
  "/moving": `<!doctype html><title>Moving</title><body style="margin: 0"><canvas id="c" width="1280" height="800"></canvas><script>
    const context = c.getContext("2d"); let turn = 0;
    (function draw() {
      context.fillStyle = "hsl(" + (turn++ % 360) + " 80% 50%)"; context.fillRect(0, 0, 1280, 800);
      requestAnimationFrame(draw);
    })();</script>`,
};

const BLANK = { status: 200, page: "<!doctype html><title>Blank</title>" };

/** Opens the site. */
export const openViewSite = () => openSite({ pages: PAGES, fallback: BLANK });
