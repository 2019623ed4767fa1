"""Changes that wait, merged into one per watch root. Pure."""

from dataclasses import replace

from trayapp.watch import PathChange, RootChange


def merge(earlier: RootChange, later: RootChange) -> RootChange:
    """One change that says what both say: a page that missed both needs to hear only this."""
    paths = {one.path: one for one in earlier.paths}
    for one in later.paths:
        merged = _merge_path(paths.pop(one.path, None), one)
        if merged is not None:
            paths[one.path] = merged
    during, whole = later.during or earlier.during, later.whole or earlier.whole
    return replace(later, paths=tuple(paths.values()), during=during, whole=whole)


def _merge_path(earlier: PathChange | None, later: PathChange) -> PathChange | None:
    """None: the file came and went, nobody needs to know."""
    if earlier is None:
        return later
    match earlier.change, later.change:
        case "created", "deleted":
            return None
        case "created", _:
            return earlier
        case "deleted", "created":
            return PathChange(later.path, "modified")
    return later
