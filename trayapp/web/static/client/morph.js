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

// The steps from `before` to `after`, or null when only a load can show them. `guessed`: `before`
// is not the source itself, what it has more than `after` may be the work of a script.
function planMorph(live, before, after, guessed) {
  const steps = [...stepsFor(live, before, after, guessed)];
  return steps.includes(null) ? null : steps;
}

// Resolves when the page shows the change. An old sheet stays until the new ones are there, so the
// page is never unstyled.
async function takeSteps(steps) {
  const chooseAgain = keepChoices();
  const sheets = { coming: [], going: [] };
  steps.forEach((step) => step(sheets));
  chooseAgain();
  if (sheets.coming.length) await Promise.race([Promise.all(sheets.coming), pause(SHEET_WAIT)]);
  sheets.going.forEach((old) => old.remove());
}

// A default that comes with an update would change what a person chose: it is chosen again.
function keepChoices() {
  const choices = [...touched].flatMap((field) => [field, ...(field.options || [])])
    .map((one) => [one, "selected" in one ? "selected" : "checked", one.selected || one.checked]);
  return () => choices.forEach(([one, name, chosen]) => {
    if (name in one && one[name] !== chosen) one[name] = chosen;
  });
}

// A step that is null needs a load.
function* stepsFor(live, before, after, guessed) {
  // The text of a noscript is markup to one parser and text to the other; nobody sees it here.
  if (before.isEqualNode(after) || before.localName === "noscript") return;
  if (before.data !== undefined) {
    yield* textSteps(live, before, after);
  } else if (live) {
    yield* attributeSteps(live, before, after, guessed);
    yield* childSteps(live, before, after, guessed);
  } else {
    yield null;
  }
}

const isSeen = (node) => node.attributes || (node.nodeType === Node.TEXT_NODE && /\S/.test(node.data));

function* textSteps(live, before, after) {
  if (live && live.data === before.data) yield () => { live.data = after.data; };
  else if (!(live && live.data === after.data) && (isSeen(before) || isSeen(after))) yield null;
}

function* attributeSteps(live, before, after, guessed) {
  for (const name of new Set([...before.getAttributeNames(), ...after.getAttributeNames()])) {
    const [now, was, is] = [live, before, after].map((one) => one.getAttribute(name));
    if (was === is || now === is) continue;
    // A guess: on the root it is a theme, most likely.
    if (guessed && is === null && live.matches("html, body")) continue;
    // A stamp in an address is of a swap.
    if (now === was || /[?&]trayapp=/.test(now)) yield () => setAttribute(live, name, after);
    else yield null;
  }
}

// As a node: setAttribute() refuses names that parsers let pass, as @click.
function setAttribute(live, name, after) {
  const attribute = after.getAttributeNode(name);
  if (attribute) live.setAttributeNode(attribute.cloneNode());
  else live.removeAttribute(name);
}

function* childSteps(live, before, after, guessed) {
  const [olds, news] = [[...before.childNodes], [...after.childNodes]];
  const { partners, moved } = pairs(olds, news);
  const shown = pairs([...live.childNodes], olds).partners;
  const kept = new Set(partners.values());
  const gone = olds.filter((node) => !kept.has(node));
  // Empty in the source: a script has filled it.
  if (guessed && gone.some(isSeen) && !news.some(isSeen)) return;
  for (const [is, was] of partners) yield* stepsFor(shown.get(was), was, is, guessed);
  const leaving = gone.map((node) => shown.get(node)).filter(Boolean);
  const fresh = news.filter((node) => !partners.has(node));
  if ((guessed && gone.some(isSeen)) || leaving.some(isTyped) || fresh.some(isKnown)) yield null;
  if (gone.length + fresh.length + moved.size) {
    yield (sheets) => {
      arrange(live, news, { partners, shown, moved, sheets });
      leaving.forEach((node) => (node.sheet ? sheets.going.push(node) : node.remove()));
    };
  }
}

const isTyped = (node) => dirtyFields().some((field) => node.contains(field));

// What is on the page already, made anew somewhere else, has none of the listeners that scripts
// gave it by its id.
const isKnown = (node) => node.attributes &&
  [node, ...node.querySelectorAll("[id]")].some(({ id }) => dom.getElementById(id));

// Puts what is new or moved behind what the source has before it.
function arrange(live, news, { partners, shown, moved, sheets }) {
  let last = null;
  for (const node of news) {
    const was = partners.get(node);
    const own = was ? shown.get(was) : dom.importNode(node, true);
    // Else a script has removed it.
    if (own) {
      const next = last ? last.nextSibling : live.firstChild;
      if (!was) insertNew(live, own, next, sheets.coming);
      // A move keeps focus, frames and playing media, where the browser can.
      else if (moved.has(node)) live[live.moveBefore ? "moveBefore" : "insertBefore"](own, next);
      last = own;
    }
  }
}

function insertNew(live, node, next, coming) {
  if (isSheet(node)) {
    coming.push(new Promise((done) => ["load", "error"].forEach((end) => node.addEventListener(end, done))));
  }
  live.insertBefore(node, next);
}

const isSheet = ({ localName, relList }) => localName === "link" && relList.contains("stylesheet");

// Which of `olds` each of `news` is, in `partners`, and which of `news` have to be `moved` for it.
function pairs(olds, news) {
  const [left, right] = [[...olds], [...news]];
  const partners = new Map();
  const alike = (i, j) => left.length && right.length && left[i].isEqualNode(right[j]);
  while (alike(0, 0)) partners.set(right.shift(), left.shift());
  while (alike(left.length - 1, right.length - 1)) partners.set(right.pop(), left.pop());
  pairBySign(left, right, partners);
  return { partners, moved: pairByPlace(left, right, partners) };
}

function pairBySign(left, right, partners) {
  const waiting = new Map();
  for (const node of left.filter(({ attributes }) => attributes)) {
    waiting.set(sign(node), waiting.get(sign(node)) || []).get(sign(node)).push(node);
  }
  for (const node of right.filter(({ attributes }) => attributes)) {
    const [old] = (waiting.get(sign(node)) || []).splice(0, 1);
    if (old) partners.set(node, old);
  }
}

// What tells an element from those beside it. A swap has made its address absolute, with a stamp.
function sign(node) {
  const [name] = ["id", "name", "src", "href"].map((each) => node.getAttribute(each)).filter(Boolean);
  const own = name && name.replace(/[?&]trayapp=[^&#]*/, "").split("/").pop();
  return node.localName + (own || node.outerHTML);
}

// The rest: each with the first of its kind before the next pair, one that looks alike if there is.
function pairByPlace(left, right, partners) {
  const places = new Map(left.map((node, i) => [node, i]));
  const taken = new Set(partners.values());
  const moved = new Set();
  let at = 0;
  for (const node of right) {
    const old = partners.get(node) || kin(left.slice(at, at + NEAR), node, taken);
    if (!old) continue;
    partners.set(node, old);
    if (places.get(old) < at) moved.add(node);
    else at = places.get(old) + 1;
  }
  return moved;
}

function kin(near, node, taken) {
  const end = near.findIndex((old) => taken.has(old));
  const found = near.slice(0, end < 0 ? NEAR : end).filter((old) => isKind(old, node));
  return found.find((old) => look(old) === look(node)) || found[0];
}

const look = (node) => node.data || (node.attributes && node.getAttribute("class"));

// A link to another address is another link: only so an old sheet stays until the new one is there.
const isKind = (old, node) => old.nodeName === node.nodeName && node.localName !== "link" &&
  (!node.id || !old.id || old.id === node.id);

export { morphPage };
