"""Files that are read and modules that no import statement of ours shows."""

import sys

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

datas = collect_data_files("trayapp")

# Compiled, so what they import is seen by nobody.
hiddenimports = collect_submodules("zeroconf")

# pystray chooses its backend while it is imported.
if sys.platform == "win32":
    hiddenimports += ["pystray._win32"]
elif sys.platform == "darwin":
    hiddenimports += ["pystray._darwin", "PyObjCTools.AppHelper"]
