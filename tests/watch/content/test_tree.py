"""What lies below a folder, however deep."""

from trayapp.watch.content.tree import FileTree

DEEP = 1500
"""Folders in one another: more than Python's calls may be."""


def test_a_folder_deeper_than_python_calls_is_known() -> None:
    tree = FileTree()
    path = "a/" * DEEP + "deep.html"
    tree.put(path, 1)
    assert list(tree.at("")) == [(path, 1)]
