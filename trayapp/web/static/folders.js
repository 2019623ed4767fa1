// Finding a folder: completion of a typed path, and a chooser to click through.
// A browser never tells a page a path of this computer, so both ask trayapp. `ask(path)` gives
// {path, parent, folders}; an empty path means the home folder.

const PAUSE = 80; // ms without a key before the server is asked

function join(folder, name) {
  const separator = folder.includes("\\") && !folder.startsWith("/") ? "\\" : "/";
  return folder.endsWith(separator) ? folder + name : folder + separator + name;
}

// The pattern "editable combobox with list autocomplete" of the ARIA Authoring Practices.
export class Completion {
  constructor(input, list, ask) {
    Object.assign(this, { input, list, ask, active: -1, turn: 0, pause: 0 });
    input.addEventListener("input", () => this.askSoon());
    input.addEventListener("keydown", (event) => this.onKey(event));
    input.addEventListener("blur", () => this.close());
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the input keeps focus
    list.addEventListener("click", (event) => this.choose(event.target.closest("[role=option]")));
  }

  askSoon() {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.offer(), PAUSE);
  }

  async offer() {
    const turn = ++this.turn;
    const { path, folders } = await this.ask(this.input.value.trim()).catch(() => ({ folders: [] }));
    if (turn !== this.turn || document.activeElement !== this.input) return;
    this.list.replaceChildren(...folders.map((name, i) => this.option(join(path, name), name, i)));
    this.activate(-1);
    this.show(folders.length > 0);
  }

  option(path, name, i) {
    const option = document.createElement("li");
    option.id = `path-option-${i}`;
    option.setAttribute("role", "option");
    option.dataset.path = path;
    option.textContent = name;
    return option;
  }

  show(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
  }

  close() {
    clearTimeout(this.pause);
    this.turn += 1; // an answer under way comes too late
    this.activate(-1);
    this.show(false);
  }

  activate(index) {
    this.active = index;
    [...this.list.children].forEach((option, i) => option.setAttribute("aria-selected", i === index));
    const option = this.list.children[index];
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  choose(option) {
    if (!option) return;
    this.input.value = join(option.dataset.path, ""); // ends with a separator: what is inside comes next
    this.offer();
  }

  onKey(event) {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") this.move(key === "ArrowDown" ? 1 : -1);
    else if (key === "Escape" && !this.list.hidden) this.close();
    else if (key === "Enter" && this.active >= 0) this.choose(this.list.children[this.active]);
    else return;
    event.preventDefault();
  }

  move(step) {
    const count = this.list.children.length;
    if (this.list.hidden) this.offer();
    else if (this.active < 0) this.activate(step > 0 ? 0 : count - 1);
    else this.activate((this.active + step + count) % count);
  }
}

export class Chooser {
  // `parts` are the elements {dialog, path, list, problem, cancel, watch}; `onChosen` gets a path.
  constructor(parts, ask, onChosen) {
    Object.assign(this, { ...parts, ask });
    this.cancel.addEventListener("click", () => this.dialog.close());
    this.watch.addEventListener("click", () => {
      this.dialog.close();
      onChosen(this.path.textContent);
    });
  }

  open() {
    this.path.textContent = "";
    this.list.replaceChildren();
    this.dialog.showModal();
    return this.enter("");
  }

  async enter(folder) {
    try {
      this.fill(await this.ask(folder));
      this.problem.hidden = true;
    } catch (error) {
      this.problem.textContent = `${error.message} ${error.hint || ""}`;
      this.problem.hidden = false;
    }
    this.watch.disabled = !this.path.textContent;
  }

  fill({ path, parent, folders }) {
    this.path.textContent = path;
    const up = parent === null ? [] : [this.entry("↑ One level up", parent)];
    this.list.replaceChildren(...up, ...folders.map((name) => this.entry(name, join(path, name))));
    this.list.scrollTop = 0;
    this.list.querySelector("button")?.focus();
  }

  entry(text, target) {
    const item = document.createElement("li");
    const button = item.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => this.enter(target));
    return item;
  }
}
