// What the scripts of pages are held to. Run by scripts/check, which gives the page script as one:
// its parts share a scope, so that a name is unused, unknown or taken only in the whole of it.
import js from "@eslint/js";
import globals from "globals";

const PART = /^\/\/ (\w+)$/; // the line before each part, written by trayapp/web/client.py
const HIDDEN = ["event", "name", "status", "length", "find", "stop", "open", "close", "top",
  "parent", "origin", "print", "focus", "blur", "scroll", "external"];

const MARKUP = [
  "AssignmentExpression > MemberExpression.left[property.name=/^(inner|outer)HTML$/]",
  "CallExpression > MemberExpression[property.name=/^(insertAdjacentHTML|write|writeln)$/]",
].map((selector) => ({
  selector,
  message: "What a publisher or a page says would run as markup: make elements.",
}));

// Markup of the page may stand before what the browser itself has under these names.
const CLOBBERED = {
  selector: "MemberExpression[object.name='document'], VariableDeclarator[init.name='document']",
  message: "A page can clobber it: read it from `dom`.",
};

const texts = new Map();

// Messages about the page script name the part: the joined file exists for nobody else.
const parts = {
  meta: { name: "parts" },
  preprocess(text, file) {
    texts.set(file, text.split("\n"));
    return [text];
  },
  postprocess([messages], file) {
    const lines = texts.get(file);
    return messages.map((message) => {
      const before = lines.slice(0, message.line).reverse();
      const [, part] = before.map((line) => PART.exec(line)).find(Boolean) || ["", "client"];
      const code = lines[message.line - 1].trim();
      return { ...message, message: `${part}.js: ${message.message}  << ${code} >>` };
    });
  },
};

const rules = {
  ...js.configs.recommended.rules,
  "complexity": ["error", 12],
  // The longest are closures: a stream and a line, whose state nobody else may touch.
  "max-lines-per-function": ["error", { max: 45, skipBlankLines: true, skipComments: true }],
  "max-depth": ["error", 3],
  "max-params": ["error", 4],
  "eqeqeq": "error",
  "no-implicit-globals": "error",
  "no-throw-literal": "error",
  // A part may use another's functions before they come, its constants only later, when all ran.
  "no-use-before-define": ["error", { functions: false, variables: false }],
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": ["error", { destructuring: "all" }],
  "prefer-template": "error",
  // Pages forbid these by their Content-Security-Policy.
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-restricted-syntax": ["error", ...MARKUP],
  // A forgotten variable would silently be the window's property.
  "no-restricted-globals": ["error", ...HIDDEN],
  // The reason is a comment of the part, which the joined script is without.
  "no-empty": ["error", { allowEmptyCatch: true }],
  "no-control-regex": "off", // what a terminal would hide is taken out of a command's report
  "no-console": ["error", { allow: ["warn"] }],
};

export default [
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["trayapp/web/static/*.js"],
    languageOptions: { sourceType: "module", globals: globals.browser },
    rules,
  },
  {
    files: ["trayapp/demo/*.js", "bench/*.js"],
    languageOptions: { sourceType: "script", globals: globals.browser },
    // Scripts of one page each: nobody else's are there, and they may say what they like.
    rules: { ...rules, "no-implicit-globals": "off", "no-console": "off" },
  },
  {
    // The modules that the page script imports, made of parts as well.
    files: ["extra-*.js"],
    plugins: { page: { processors: { parts } } },
    processor: "page/parts",
    languageOptions: { sourceType: "module", globals: globals.browser },
    rules: { ...rules, "no-restricted-syntax": ["error", ...MARKUP, CLOBBERED] },
  },
  {
    files: ["client.js"],
    plugins: { page: { processors: { parts } } },
    processor: "page/parts",
    languageOptions: { sourceType: "script", globals: globals.browser },
    rules: { ...rules, "no-restricted-syntax": ["error", ...MARKUP, CLOBBERED] },
  },
];
