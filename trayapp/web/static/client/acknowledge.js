// Acknowledge: trayapp is told which pages are there and what they have shown, so that its dashboard
// can say how long a save took to be seen, and who has not seen it.

function report(event, fields) {
  const body = JSON.stringify({ page: pageName, event, ...fields });
  return post("applied", body, { keepalive: true }).catch(() => null);
}

async function reportComing() {
  const { decodedBodySize: size = 0 } = navigation() || {};
  const { hidden, title } = dom;
  const came = { url: location.href.slice(0, 2000), title: title.slice(0, 200), size, hidden };
  if (options.roots.length) came.roots = options.roots;
  // Nothing is to be expected of it.
  if (options.update === "off") came.roots = [];
  const answer = await report("came", came);
  if (answer?.ok) standing = (await answer.json()).file;
}

// The epoch of the trayapp that we have heard of last.
let run = "";

// A new run of trayapp knows nothing of the pages that are there.
function noteRun({ epoch }) {
  if (run && epoch !== run) reportComing();
  run = epoch;
}

function reportLeaving() {
  // It comes back at once.
  if (!reloading) report("left", {});
}

// `action` is what the page did for `update`. Its time is that of the save.
function acknowledge({ id, time, cause }, action) {
  const ms = Math.max(0, (serverNow() - time) * 1000);
  if (id) report("applied", { id, action, ms });
  if (action !== "waiting" && action !== "none") {
    stand({ updated: new Date(), cause: `${cause}, ${Math.round(ms)} ms` });
  }
}
