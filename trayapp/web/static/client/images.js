// Images: in elements, icons and styles.
// A use of an image is its URL and `put`, which shows another URL in the same place.

const CSS_URL = /url\(\s*(["']?)(.*?)\1\s*\)/g;
const ADDRESSES = ["src", "href", "xlink:href", "poster", "data", "background"];
const IMAGES = "img, input[type=image], video[poster], link[rel*=icon], image, feImage, use, object[data], " +
  "embed, [background]";
const ICON = "/favicon.ico";
// URL -> stamp of the swap that loads it.
const asked = new Map();

function imageUses() {
  return [...attributeUses(), ...srcsetUses(), ...styleUses()];
}

function attributeUses() {
  return everyElement(IMAGES).flatMap((element) =>
    ADDRESSES.filter((name) => element.hasAttribute(name)).map((name) => ({
      url: absolute(element.getAttribute(name)).href,
      put: (url) => element.setAttribute(name, url),
    })));
}

const candidates = (srcset) => srcset.match(/\S*[^\s,](?=\s|,|$)(?:\s+[^,]+)?/g) || [];

function srcsetUses() {
  return everyElement("img[srcset], source[srcset]").flatMap((element) =>
    candidates(element.srcset).map((candidate, i) => ({
      url: absolute(candidate.split(/\s/)[0]).href,
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
    ...everyElement('[style*="url("]').flatMap(({ style }) => declaredUses(style)),
  ];
}

function ruleUses(sheet) {
  const base = sheet.href || undefined;
  const below = (rule) => [
    ...(rule.style ? declaredUses(rule.style, base) : []),
    ...(rule.styleSheet ? ruleUses(rule.styleSheet) : []),
    // @media, @supports, @layer, nested rules
    ...rulesOf(rule).flatMap(below),
  ];
  return rulesOf(sheet).flatMap(below);
}

// The text as a whole: a shorthand with a var() in it has no longhands that could be read, and
// WebKit tells its URLs with backslashes before dots and slashes.
function declaredUses(style, base) {
  return [...style.cssText.matchAll(CSS_URL)].map(([token, , url]) => ({
    url: absolute(url.replace(/\\([^\da-f])/gi, "$1"), base).href,
    put: (fresh) => { style.cssText = style.cssText.split(token).join(`url("${fresh}")`); },
  }));
}

function swapImages(path, stamp) {
  // What browsers ask for while a page names no icon.
  if (endsLike(path, ICON) && !everyElement("link[rel*=icon]").length) {
    dom.documentElement.append(Object.assign(dom.createElement("link"), { rel: "icon", href: ICON }));
  }
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
  if (!(await loaded(image)) || asked.get(url) !== stamp) return;
  // An SVG without a size cannot.
  await image.decode().catch(() => {});
  renewed.set(url, stamp);
  imageUses().forEach(showFreshest);
  renewCopy({ url });
}

function showFreshest({ url, put }) {
  const fresh = freshest(url);
  if (fresh !== url) put(fresh);
}
