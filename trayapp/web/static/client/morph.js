// Morph: what changed in the page's source comes to the page while the page stays.
// Three trees: `before` and `after` are the source as it was and as it is, `live` is what scripts
// and people have made of `before`. Only what differs between the first two is changed in the
// third, so typed text, scroll positions, open details and nodes that a script made stay as they
// are. All steps are planned before the first is taken: a change that finds no place on the page,
// or meets there what a script has changed too, needs a load, and the page must be whole until then.

const NEAR = 50; // nodes looked at for the partner of one; keeps a long list from taking its square
const SHEET_WAIT = 3000; // ms that an old sheet stays for a new one that does not load
const STYLES = "link[rel~=stylesheet], style";

// The steps from `before` to `after`, or null when only a load can show them. `guessed`: `before`
// is not the source itself, what it has more than `after` may be the work of a script.
function planMorph(live, before, after, guessed = false) {
  const steps = [...stepsFor(live, before, after, guessed)];
  return steps.includes(null) ? null : steps;
}

// Resolves when the page shows the change, sheets included.
async function takeSteps(steps) {
  const restore = [keepChoices(), keepFocus()];
  const sheets = { coming: [], going: [] };
  steps.forEach((step) => step(sheets));
  restore.forEach((again) => again());
  if (sheets.coming.length) await Promise.race([Promise.all(sheets.coming), pause(SHEET_WAIT)]);
  sheets.going.forEach((old) => old.remove());
}

function* stepsFor(live, before, after, guessed) {
  // The text of a noscript is markup to one parser and text to the other; nobody sees it here.
  if (before.isEqualNode(after) || before.localName === "noscript") return;
  if (before.nodeType !== Node.ELEMENT_NODE) {
    yield* textSteps(live, before, after);
  } else if (!live) {
    yield null;
  } else {
    yield* attributeSteps(live, before, after, guessed);
    yield* childSteps(live, before, after, guessed);
  }
}

const isSeen = (node) =>
  node.nodeType === Node.ELEMENT_NODE || (node.nodeType === Node.TEXT_NODE && /\S/.test(node.data));

function* textSteps(live, before, after) {
  if (live && live.data === before.data) yield () => replaceText(live, after.data);
  else if (!(live && live.data === after.data) && (isSeen(before) || isSeen(after))) yield null;
}

// Only the part that differs: carets and selections in the rest stay.
function replaceText(node, text) {
  const old = node.data;
  const most = Math.min(old.length, text.length);
  let start = 0;
  let end = 0;
  while (start < most && old[start] === text[start]) start++;
  while (end < most - start && old.at(-1 - end) === text.at(-1 - end)) end++;
  node.replaceData(start, old.length - start - end, text.slice(start, text.length - end));
}

function* attributeSteps(live, before, after, guessed) {
  for (const name of new Set([...before.getAttributeNames(), ...after.getAttributeNames()])) {
    const [now, was, is] = [live, before, after].map((one) => one.getAttribute(name));
    if (was === is || now === is) continue;
    if (guessed && is === null) {
      if (!live.matches("html, body")) yield null; // there it is a theme, most likely
    } else if (now === was || /[?&]trayapp=/.test(now)) {
      yield () => setAttribute(live, name, after);
    } else if (name === "class") {
      yield () => mergeClasses(live.classList, [...before.classList], [...after.classList]);
    } else if (name !== "open") { // a person opened or closed it
      yield null;
    }
  }
}

// As a node: setAttribute() refuses names that parsers let pass, as @click.
function setAttribute(live, name, after) {
  const attribute = after.getAttributeNode(name);
  if (attribute) live.setAttributeNode(attribute.cloneNode());
  else live.removeAttribute(name);
  if (live.localName === "source" && live.parentNode.load) live.parentNode.load();
}

function mergeClasses(list, before, after) {
  list.remove(...before.filter((name) => !after.includes(name)));
  list.add(...after.filter((name) => !before.includes(name)));
}

function* childSteps(live, before, after, guessed) {
  const [olds, news] = [[...before.childNodes], [...after.childNodes]];
  const { partners, moved } = pairs(olds, news);
  const shown = pairs([...live.childNodes], olds).partners;
  const kept = new Set(partners.values());
  const gone = olds.filter((node) => !kept.has(node));
  if (guessed && gone.some(isSeen)) {
    if (news.some(isSeen)) yield null;
    return; // empty in the source: a script has filled it
  }
  for (const [is, was] of partners) yield* stepsFor(shown.get(was), was, is, guessed);
  if (gone.length || moved.size || partners.size < news.length) {
    yield (sheets) => {
      arrange(live, news, (node) => shown.get(partners.get(node)), { partners, moved, sheets });
      gone.forEach((node) => shown.has(node) && dismiss(shown.get(node), sheets));
    };
  }
}

// Puts what is new or moved behind what the source has before it.
function arrange(live, news, shownAs, { partners, moved, sheets }) {
  let last = null;
  for (const node of news) {
    const own = partners.has(node) ? shownAs(node) : document.importNode(node, true);
    if (!own) continue; // a script has removed it
    const next = last ? last.nextSibling : live.firstChild;
    if (!partners.has(node)) insertNew(live, own, next, sheets);
    else if (moved.has(node) && own !== next) move(live, own, next);
    last = own;
  }
  if (live.load) live.load(); // media choose among their sources only then
}

// Keeps focus, frames and playing media, where the browser can.
function move(parent, node, next) {
  if (parent.moveBefore) parent.moveBefore(node, next);
  else parent.insertBefore(node, next);
}

function insertNew(parent, node, next, { coming }) {
  const sheets = node.matches ? [node, ...node.querySelectorAll("link")].filter((one) => one.matches(STYLES)) : [];
  for (const sheet of sheets.filter(({ href }) => href)) {
    coming.push(new Promise((done) => { sheet.onload = sheet.onerror = done; }));
  }
  parent.insertBefore(node, next);
}

// An old sheet stays until the new ones are there, so the page is never unstyled.
function dismiss(node, { going }) {
  if (node.matches && node.matches(STYLES)) going.push(node);
  else node.remove();
}

// Which of `olds` each of `news` is, in `partners`, and which of `news` are those that must `moved`.
function pairs(olds, news) {
  const [left, right] = [[...olds], [...news]];
  const partners = new Map();
  const equal = (i) => left.length && right.length && left.at(i).isEqualNode(right.at(i));
  while (equal(0)) partners.set(right.shift(), left.shift());
  while (equal(-1)) partners.set(right.pop(), left.pop());
  for (const sign of [markup, key]) pairBySign(left, right, sign, partners);
  const moved = outOfOrder(left, right, partners);
  pairByPlace(left, right, { partners, moved });
  return { partners, moved };
}

const markup = (node) => node.outerHTML;

function key(node) {
  if (!node.getAttribute) return "";
  const [url = ""] = ["src", "href"].map((name) => node.getAttribute(name)).filter(Boolean);
  const name = node.id || node.getAttribute("name") || (url && unstamped(url));
  return name && `${node.nodeName} ${name}`;
}

function unstamped(url) {
  try {
    const plain = new URL(url, document.baseURI);
    plain.searchParams.delete("trayapp");
    return plain.href;
  } catch {
    return url;
  }
}

function pairBySign(left, right, sign, partners) {
  const taken = new Set(partners.values());
  const waiting = new Map();
  for (const node of left) {
    const name = !taken.has(node) && sign(node);
    if (name) waiting.set(name, waiting.get(name) || []).get(name).push(node);
  }
  for (const node of right) {
    const same = (!partners.has(node) && waiting.get(sign(node))) || [];
    if (same.length) partners.set(node, same.shift());
  }
}

// Those of `right` whose partners do not follow one another: all but the longest row that does.
function outOfOrder(left, right, partners) {
  const place = new Map(left.map((node, i) => [node, i]));
  const paired = right.filter((node) => partners.has(node));
  const rows = []; // rows[n]: of all rows of n + 1 the one that ends at the lowest place
  for (const node of paired) {
    const at = place.get(partners.get(node));
    const length = lowest(rows, at);
    rows[length] = { node, at, before: rows[length - 1] };
  }
  const moved = new Set(paired);
  for (let row = rows.at(-1); row; row = row.before) moved.delete(row.node);
  return moved;
}

// How many of `rows` end before `at`.
function lowest(rows, at) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].at < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The rest, each with the first of its kind between the same neighbours, one just alike if there is.
function pairByPlace(left, right, { partners, moved }) {
  const place = new Map(left.map((node, i) => [node, i]));
  const taken = new Set(partners.values());
  const fixed = new Set([...partners].filter(([node]) => !moved.has(node)).map(([, old]) => old));
  let at = 0;
  for (const node of right) {
    if (!partners.has(node)) {
      const between = gap(left, at, fixed).filter((old) => !taken.has(old) && isKind(old, node));
      const old = between.find((one) => opening(one) === opening(node)) || between[0];
      if (!old) continue;
      partners.set(node, old);
      at = place.get(old) + 1;
    } else if (!moved.has(node)) {
      at = place.get(partners.get(node)) + 1;
    }
  }
}

function gap(left, at, fixed) {
  const near = left.slice(at, at + NEAR);
  const end = near.findIndex((node) => fixed.has(node));
  return end < 0 ? near : near.slice(0, end);
}

// A sheet of another address is another sheet: only so does the old one stay until it has loaded.
const isKind = (old, node) =>
  old.nodeName === node.nodeName && (!node.id || !old.id || old.id === node.id) &&
  (node.localName !== "link" || key(old) === key(node));

const opening = (node) =>
  node.data || [...(node.attributes || [])].map(({ name, value }) => `${name}=${value}`).join();
