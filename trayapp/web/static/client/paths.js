// Paths: which URL of this page a changed file stands behind.
// A change names a path below the watch root, a page knows URLs below its server: the two start
// at different places and end alike, so they are compared from the end.

function segments(url) {
  const { protocol, pathname } = new URL(url, document.baseURI);
  if (!/^(https?|file):$/.test(protocol)) return [];
  return pathname.split("/").filter(Boolean).map(decoded);
}

function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a lone % is legal in a path
  }
}

// The number of path segments that `path` and `url` share at their ends.
function closeness(path, url) {
  const ours = path.split("/").reverse();
  const theirs = segments(url).reverse();
  const differs = ours.findIndex((segment, i) => segment !== theirs[i]);
  return differs < 0 ? ours.length : differs;
}

// Those of `uses` (anything with a url) that are closest to `path`; a use too many costs a fetch,
// a use too few a stale page, so the file name alone is enough.
function closest(path, uses) {
  const scores = uses.map((use) => closeness(path, use.url));
  const best = Math.max(0, ...scores);
  return uses.filter((_, i) => best > 0 && scores[i] === best);
}

// Whether the browser fetched `path` for this page, whatever for.
function fetched(path) {
  return performance.getEntriesByType("resource").some(({ name }) => {
    const shared = closeness(path, name);
    return shared > 0 && shared === Math.min(path.split("/").length, segments(name).length);
  });
}

// `url` under a name that no cache has seen yet.
function stamped(url, stamp) {
  const fresh = new URL(url, document.baseURI);
  fresh.searchParams.set("trayapp", stamp);
  return fresh.href;
}
