// Morph: what changed in the page's source comes to the page while the page stays.
// Three trees: `before` and `after` are the source as it was and as it is, `live` is what scripts
// and people have made of `before`. Only what differs between the first two is changed in the
// third, so typed text, scroll positions, open details and nodes that a script made stay as they
// are. All steps are planned before the first is taken: a change that finds no place on the page,
// or meets there what a script has changed too, needs a load, and the page must be whole until then.

// Nodes looked at for the partner of one: a long list must not take its square.
const NEAR = 50;
// How long an old sheet stays, in ms, for a new one that does not load.
const SHEET_WAIT = 3000;
const STYLES = "link[rel~=stylesheet], style";

// The steps from `before` to `after`, or null when only a load can show them. `guessed`: `before`
// is not the source itself, what it has more than `after` may be the work of a script.
function planMorph(live, before, after, guessed) {
  const steps = [...stepsFor(live, before, after, guessed)];
  if (steps.includes(null)) return null;
  // What scripts know by its id they would look for in vain: made anew it has none of their listeners.
  const [gone, fresh] = ["gone", "fresh"].map((name) => steps.flatMap((step) => step[name] || []).flatMap(idsIn));
  return fresh.some((id) => gone.includes(id)) ? null : steps;
}

const idsIn = (node) =>
  node.id === undefined ? [] : [node, ...node.querySelectorAll("[id]")].map(({ id }) => id).filter(Boolean);

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
  while (end < most - start && old[old.length - 1 - end] === text[text.length - 1 - end]) end++;
  node.replaceData(start, old.length - start - end, text.slice(start, text.length - end));
}

function* attributeSteps(live, before, after, guessed) {
  for (const name of new Set([...before.getAttributeNames(), ...after.getAttributeNames()])) {
    const [now, was, is] = [live, before, after].map((one) => one.getAttribute(name));
    if (was === is || now === is) continue;
    if (guessed && is === null) {
      // On the root it is a theme, most likely.
      if (!live.matches("html, body")) yield null;
    } else if (now === was || /[?&]trayapp=/.test(now)) {
      yield () => setAttribute(live, name, after);
    } else if (name === "class") {
      yield () => mergeClasses(live.classList, [...before.classList], [...after.classList]);
    } else if (name !== "open") {
      // "open" has a person changed.
      yield null;
    }
  }
}

// As a node: setAttribute() refuses names that parsers let pass, as @click.
function setAttribute(live, name, after) {
  const attribute = after.getAttributeNode(name);
  if (attribute) live.setAttributeNode(attribute.cloneNode());
  else live.removeAttribute(name);
  chooseSource(live.parentNode);
}

// Media look at their sources once. Nothing else that holds others has such a method.
function chooseSource(media) {
  if (media.load) media.load();
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
  const fresh = new Set(news.filter((node) => !partners.has(node)));
  if (guessed && gone.some(isSeen)) {
    // Empty in the source: a script has filled it.
    if (news.some(isSeen)) yield null;
    return;
  }
  for (const [is, was] of partners) yield* stepsFor(shown.get(was), was, is, guessed);
  const leaving = gone.map((node) => shown.get(node)).filter(Boolean);
  if (dirtyFields().some((field) => leaving.some((node) => node.contains(field)))) yield null;
  if (gone.length + fresh.size + moved.size) {
    const step = (sheets) => {
      arrange(live, news, (node) => shown.get(partners.get(node)), { fresh, moved, sheets });
      leaving.forEach((node) => dismiss(node, sheets));
    };
    yield Object.assign(step, { gone, fresh: [...fresh] });
  }
}

// Puts what is fresh or moved behind what the source has before it.
function arrange(live, news, shownAs, { fresh, moved, sheets }) {
  let last = null;
  for (const node of news) {
    const isFresh = fresh.has(node);
    const own = isFresh ? document.importNode(node, true) : shownAs(node);
    // Else a script has removed it.
    if (own) {
      const next = last ? last.nextSibling : live.firstChild;
      if (isFresh) sheets.coming.push(...arrivals(own));
      if (isFresh || (moved.has(node) && own !== next)) place(live, own, next);
      last = own;
    }
  }
  chooseSource(live);
}

// A move keeps focus, frames and playing media, where the browser can.
function place(parent, node, next) {
  if (node.isConnected && parent.moveBefore) parent.moveBefore(node, next);
  else parent.insertBefore(node, next);
}

function arrivals(node) {
  const sheets = node.matches ? [node, ...node.querySelectorAll("link")] : [];
  const loads = (sheet, done) => ["load", "error"].forEach((end) => sheet.addEventListener(end, done));
  return sheets.filter((one) => one.href && one.matches(STYLES)).map((sheet) => new Promise((done) => loads(sheet, done)));
}

// An old sheet stays until the new ones are there, so the page is never unstyled.
function dismiss(node, { going }) {
  if (node.matches && node.matches(STYLES)) going.push(node);
  else node.remove();
}

// Which of `olds` each of `news` is, in `partners`, and which of `news` have to be `moved` for it.
function pairs(olds, news) {
  const [left, right] = [[...olds], [...news]];
  const partners = new Map();
  const alike = (i, j) => left.length && right.length && left[i].isEqualNode(right[j]);
  while (alike(0, 0)) partners.set(right.shift(), left.shift());
  while (alike(left.length - 1, right.length - 1)) partners.set(right.pop(), left.pop());
  [markup, key].forEach((sign) => pairBySign(left, right, sign, partners));
  const moved = outOfOrder(left, right, partners);
  pairByPlace(left, right, partners, moved);
  return { partners, moved };
}

const markup = (node) => node.outerHTML;

function key(node) {
  if (!node.getAttribute) return "";
  const [name] = ["id", "name", "src", "href"].map((each) => node.getAttribute(each)).filter(Boolean);
  return name && `${node.nodeName} ${unstamped(name)}`;
}

// Swaps give addresses a stamp.
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
  const places = new Map(left.map((node, i) => [node, i]));
  const moved = new Set(right.filter((node) => partners.has(node)));
  // rows[n]: of all rows of n + 1 the one that ends at the lowest place
  const rows = [];
  for (const node of moved) {
    const at = places.get(partners.get(node));
    const longer = rows.findIndex((row) => row.at > at);
    const length = longer < 0 ? rows.length : longer;
    rows[length] = { node, at, before: rows[length - 1] };
  }
  for (let row = rows[rows.length - 1]; row; row = row.before) moved.delete(row.node);
  return moved;
}

// The rest: each with the first of its kind between the same neighbours, one just alike if there is.
function pairByPlace(left, right, partners, moved) {
  const taken = new Map([...partners].map(([node, old]) => [old, moved.has(node)]));
  let at = 0;
  for (const node of right) {
    const old = partners.get(node) || kin(left.slice(at, at + NEAR), node, taken);
    if (old) partners.set(node, old);
    if (old && !moved.has(node)) at = left.indexOf(old, at) + 1;
  }
}

function kin(near, node, taken) {
  const end = near.findIndex((old) => taken.get(old) === false);
  const found = near.slice(0, end < 0 ? NEAR : end).filter((old) => !taken.has(old) && isKind(old, node));
  return found.find((old) => opening(old) === opening(node)) || found[0];
}

// A link to another address is another link: only so an old sheet stays until the new one is there.
const isKind = (old, node) =>
  old.nodeName === node.nodeName && (!node.id || !old.id || old.id === node.id) &&
  (node.localName !== "link" || key(old) === key(node));

const opening = (node) =>
  node.data || [...(node.attributes || [])].map(({ name, value }) => name + value).join();
