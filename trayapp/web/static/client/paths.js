// Paths: which URL of this page a changed file stands behind.
// A change names a path below the watch root, a page knows URLs below its server: the two start
// at different places and end alike, so they are compared from the end.

// URL -> stamp of its newest swap: under the URL itself browsers keep the old file.
const renewed = new Map();

// What cannot be read as a URL is one that no file stands behind.
function absolute(url, base = dom.baseURI) {
  try {
    return new URL(url, base);
  } catch {
    return new URL("about:invalid");
  }
}

function segments(url) {
  const { protocol, pathname } = absolute(url);
  return /^(https?|file):$/.test(protocol) ? pathname.split("/").filter(Boolean).map(decoded) : [];
}

// A lone % is legal in a path.
function decoded(segment) {
  try {
    return folded(decodeURIComponent(segment));
  } catch {
    return folded(segment);
  }
}

// macOS decomposes letters, and disks of macOS and Windows do not care about case.
function folded(text) {
  return text.normalize().toLowerCase();
}

// The number of path segments that `path` and `url` share at their ends.
function closeness(path, url) {
  const ours = folded(path).split("/").reverse();
  const theirs = segments(url).reverse();
  const differs = ours.findIndex((segment, i) => segment !== theirs[i]);
  return differs < 0 ? ours.length : differs;
}

// Those of `all` (anything with a url) that may be `path`: where one ends with the whole of the
// other, and without such those of its name. One too many costs a fetch, one too few a stale page.
function closest(path, all) {
  const whole = all.filter(({ url }) => endsLike(path, url));
  return whole.length ? whole : all.filter(({ url }) => closeness(path, url) > 0);
}

// `url` under a name that no cache has seen yet. Its own query stays as it is, byte for byte.
function stamped(url, stamp) {
  const address = plain(url);
  return `${address}${address.includes("?") ? "&" : "?"}trayapp=${stamp}${absolute(url).hash}`;
}

function plain(url) {
  return absolute(url).href.split("#")[0].replace(/[?&]trayapp=[^&]*/, "");
}

// `url` as it has to be asked for, so that it is not the file before its last swap.
function freshest(url) {
  const stamp = renewed.get(plain(url));
  return stamp ? stamped(url, stamp) : url;
}

// A page that is loaded later asks under the plain name, and a browser may not ask the server then.
function renewCopy({ url }) {
  if (!fenced) fetch(plain(url), { cache: "reload", mode: "no-cors" }).catch(() => {});
}
