// Images: in elements, icons and styles.
// A use of an image is its URL and `put`, which shows another URL in the same place.

const CSS_URL = /url\(\s*(["']?)(.*?)\1\s*\)/g;
const ADDRESSES = ["src", "href", "xlink:href", "poster", "data", "background"];
const asked = new Map(); // URL -> stamp of the swap that loads it
const IMAGES = "img, input[type=image], video[poster], link[rel*=icon], image, feImage, use, object[data], " +
  "embed, [background]";

function imageUses() {
  return [...attributeUses(), ...srcsetUses(), ...styleUses()];
}

function attributeUses() {
  return everyElement(IMAGES).flatMap((element) =>
    ADDRESSES.filter((name) => element.hasAttribute(name)).map((name) => ({
      url: absolute(element.getAttribute(name)),
      put: (url) => element.setAttribute(name, url),
    })));
}

function absolute(url, base = document.baseURI) {
  try {
    return new URL(url, base).href;
  } catch {
    return "about:invalid";
  }
}

const candidates = (srcset) => srcset.match(/\S*[^\s,](?=\s|,|$)(?:\s+[^,]+)?/g) || [];

function srcsetUses() {
  return everyElement("img[srcset], source[srcset]").flatMap((element) =>
    candidates(element.srcset).map((candidate, i) => ({
      url: absolute(candidate.split(/\s/)[0]),
      put: (url) => {
        const all = candidates(element.srcset);
        all[i] = [url, ...candidate.split(/\s+/).slice(1)].join(" ");
        element.srcset = all.join(", ");
      },
    })));
}

function styleUses() {
  const sheets = everyRoot().flatMap((root) => [...root.styleSheets, ...(root.adoptedStyleSheets || [])]);
  return [
    ...sheets.flatMap(ruleUses),
    ...everyElement('[style*="url("]').flatMap(({ style }) => declaredUses(style, document.baseURI)),
  ];
}

function ruleUses(sheet) {
  const base = sheet.href || document.baseURI;
  const below = (rule) => [
    ...(rule.style ? declaredUses(rule.style, base) : []),
    ...(rule.styleSheet ? ruleUses(rule.styleSheet) : []),
    ...rulesOf(rule).flatMap(below), // @media, @supports, @layer, nested rules
  ];
  return rulesOf(sheet).flatMap(below);
}

// The text as a whole: a shorthand with a var() in it has no longhands that could be read.
function declaredUses(style, base) {
  return [...style.cssText.matchAll(CSS_URL)].map(([token, , url]) => ({
    url: absolute(url, base),
    put: (fresh) => { style.cssText = style.cssText.split(token).join(`url("${fresh}")`); },
  }));
}

function swapImages(path, stamp) {
  const found = closest(path, imageUses());
  const urls = new Set(found.map(({ url }) => plain(url)));
  return [...urls].map((url) => replaceImage(url, stamp));
}

// Loaded and decoded first and shown then: a background would be blank meanwhile. What uses it is
// looked up again, for meanwhile the page goes on.
async function replaceImage(url, stamp) {
  const image = new Image();
  image.src = stamped(url, stamp);
  asked.set(url, stamp);
  const came = await new Promise((resolve) => {
    image.onload = () => resolve(true);
    image.onerror = () => resolve(false);
  });
  if (!came || asked.get(url) !== stamp) return;
  await image.decode().catch(() => {}); // an SVG without a size cannot
  renewed.set(url, stamp);
  imageUses().forEach(showFreshest);
  renewCopy(url);
}

function showFreshest({ url, put }) {
  const fresh = freshest(url);
  if (fresh !== url) put(fresh);
}
