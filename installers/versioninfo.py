"""What trayapp.exe says about itself to Windows: its version resource and its manifest."""

import re

DESCRIPTION = "trayapp: save a file, and the browser page follows"
AUTHORS = "the trayapp authors"

ENGLISH_UNICODE = "040904B0"
"""US English in UTF-16, as a version resource names it (Microsoft, "VERSIONINFO resource")."""

SUPPORTED = (
    "{4a2f28e3-53b9-4441-ba9c-d69d4a4a6e38}",  # Windows 8.0
    "{1f676c76-80e1-4239-95bb-83d0f6d0da78}",  # 8.1
    "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}",  # 10 and 11
)

MANIFEST = """\
<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3">
    <security>
      <requestedPrivileges>
        <requestedExecutionLevel level="asInvoker" uiAccess="false"/>
      </requestedPrivileges>
    </security>
  </trustInfo>
  <compatibility xmlns="urn:schemas-microsoft-com:compatibility.v1">
    <application>
{supported}
    </application>
  </compatibility>
  <application xmlns="urn:schemas-microsoft-com:asm.v3">
    <windowsSettings>
      <dpiAware xmlns="http://schemas.microsoft.com/SMI/2005/WindowsSettings">true/pm</dpiAware>
      <dpiAwareness xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">\
PerMonitorV2, PerMonitor</dpiAwareness>
      <longPathAware xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">true\
</longPathAware>
    </windowsSettings>
  </application>
  <dependency>
    <dependentAssembly>
      <assemblyIdentity type="win32" name="Microsoft.Windows.Common-Controls" version="6.0.0.0"
        processorArchitecture="*" publicKeyToken="6595b64144ccf1df" language="*"/>
    </dependentAssembly>
  </dependency>
</assembly>
"""


def manifest() -> str:
    """The application manifest, for `EXE(manifest=...)`: it replaces PyInstaller's, which says
    nothing of the screen's density, so that Windows would blur the icon and the menu."""
    rows = "\n".join(f'      <supportedOS Id="{one}"/>' for one in SUPPORTED)
    return MANIFEST.format(supported=rows)


def numbers(version: str) -> tuple[int, int, int, int]:
    """Windows' four numbers of a version: what comes after the first three is told in words only.
    Raises: ValueError when it does not begin with three numbers."""
    if not (found := re.match(r"(\d+)\.(\d+)\.(\d+)", version)):
        raise ValueError(f"{version!r} does not begin with three numbers")
    major, minor, patch = (int(number) for number in found.groups())
    return major, minor, patch, 0


def resource(version: str, program: str) -> str:
    """The text of the file for `EXE(version=...)`, of the file `program`: PyInstaller evaluates it
    (its manual, "Capturing Windows Version Data")."""
    four = numbers(version)
    said = {
        "CompanyName": AUTHORS,
        "FileDescription": DESCRIPTION,  # the Task Manager's name for it
        "FileVersion": version,
        "InternalName": "trayapp",
        "LegalCopyright": f"{AUTHORS}, MIT license",
        "OriginalFilename": program,
        "ProductName": "trayapp",
        "ProductVersion": version,
    }
    rows = ",\n".join(f"      StringStruct({name!r}, {text!r})" for name, text in said.items())
    return f"""\
VSVersionInfo(
  ffi=FixedFileInfo(filevers={four}, prodvers={four}, mask=0x3f, flags=0x0, OS=0x40004,
    fileType=0x1, subtype=0x0, date=(0, 0)),
  kids=[
    StringFileInfo([StringTable({ENGLISH_UNICODE!r}, [
{rows}
    ])]),
    VarFileInfo([VarStruct('Translation', [0x409, 1200])])
  ]
)
"""
