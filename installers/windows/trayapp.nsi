; The setup for Windows: for one user, without an administrator's password. installers/nsis.py runs
; makensis with VERSION, BUNDLE (a folder), ICON, LICENCE and OUT.
; It never makes trayapp start at login: that is a switch of the program. It takes that entry away
; again with the program.

; Debian's makensis has this target, the one of nsis.sourceforge.io has 32-bit ones only.
Target amd64-unicode
Unicode true
ManifestDPIAware true
ManifestSupportedOS all
RequestExecutionLevel user
SetCompressor /SOLID lzma

!include "MUI2.nsh"
!include "FileFunc.nsh"
!include "LogicLib.nsh"

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\trayapp"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
!define APPROVED_KEY "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"

Name "trayapp"
BrandingText "trayapp ${VERSION}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\trayapp"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"
ShowInstDetails nevershow
ShowUninstDetails nevershow

VIProductVersion "${NUMBERS}"
VIFileVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "trayapp"
VIAddVersionKey "FileDescription" "trayapp setup"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "CompanyName" "the trayapp authors"
VIAddVersionKey "LegalCopyright" "The trayapp authors, MIT license"
VIAddVersionKey "OriginalFilename" "trayapp-${VERSION}-setup.exe"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\trayappw.exe"
!define MUI_FINISHPAGE_RUN_TEXT "Start trayapp"
!insertmacro MUI_PAGE_LICENSE "${LICENCE}"
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; A program that runs locks its files. `trayapp stop` ends it as its menu does, no page loses an
; event; taskkill could not ask it, for it has no window. What still runs then, a `trayapp listen`
; or a copy with a TRAYAPP_HOME of its own, is the user's to end: nothing is killed.
!macro StopRunning
  ${If} ${FileExists} "$INSTDIR\trayapp.exe"
    nsExec::Exec '"$INSTDIR\trayapp.exe" stop'
    Pop $0
  ${EndIf}
  !insertmacro WaitFor "trayapp.exe"
  !insertmacro WaitFor "trayappw.exe"
!macroend

; Until nothing runs the program NAME any more, for ten seconds; then the user is asked.
!macro WaitFor NAME
  StrCpy $1 0
  ${DoWhile} ${FileExists} "$INSTDIR\${NAME}"
    ClearErrors
    FileOpen $0 "$INSTDIR\${NAME}" a
    ${IfNot} ${Errors}
      FileClose $0
      ${ExitDo}
    ${EndIf}
    Sleep 250
    IntOp $1 $1 + 1
    ${If} $1 >= 40
      ${If} ${Cmd} `MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "trayapp is still running. End it from its menu in the tray, then try again." /SD IDCANCEL IDRETRY`
        StrCpy $1 0
      ${Else}
        SetErrorLevel 3
        Abort "trayapp is still running."
      ${EndIf}
    ${EndIf}
  ${Loop}
!macroend

; The entry is taken away only where it starts this copy: another one, of pip, may have made it.
!macro RemoveFromLogin
  ReadRegStr $0 HKCU "${RUN_KEY}" "trayapp"
  StrCpy $1 $0 1
  ${If} $1 == '"'
    StrCpy $0 $0 "" 1
  ${EndIf}
  StrLen $1 "$INSTDIR\trayapp"
  StrCpy $0 $0 $1
  ${If} $0 == "$INSTDIR\trayapp"
    DeleteRegValue HKCU "${RUN_KEY}" "trayapp"
    DeleteRegValue HKCU "${APPROVED_KEY}" "trayapp"
  ${EndIf}
!macroend

Section
  !insertmacro StopRunning
  ; Whatever an older version had and this one has not must not be found by it.
  RMDir /r "$INSTDIR\_internal"
  SetOutPath "$INSTDIR"
  File /r "${BUNDLE}/*"
  CreateShortCut "$SMPROGRAMS\trayapp.lnk" "$INSTDIR\trayappw.exe" "" "" "" "" "" \
    "Save a file, and the browser page follows"
  WriteUninstaller "$INSTDIR\uninstall.exe"

  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "trayapp"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\trayapp.exe"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "the trayapp authors"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" $0
SectionEnd

Section "Uninstall"
  !insertmacro StopRunning
  !insertmacro RemoveFromLogin
  DeleteRegKey HKCU "${UNINSTALL_KEY}"
  Delete "$SMPROGRAMS\trayapp.lnk"
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\trayapp.exe"
  Delete "$INSTDIR\trayappw.exe"
  Delete "$INSTDIR\LICENSE.txt"
  Delete "$INSTDIR\uninstall.exe"
  ; Not /r: what else is in there is not ours.
  RMDir "$INSTDIR"

  ; Settings, what was published, and the user's copy of the demo: kept unless asked otherwise.
  ${If} ${FileExists} "$LOCALAPPDATA\trayapp\*.*"
    ${If} ${Cmd} `MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "Remove your settings and your copy of the demo as well?$\n$\n$LOCALAPPDATA\trayapp" /SD IDNO IDYES`
      RMDir /r "$LOCALAPPDATA\trayapp"
    ${EndIf}
  ${EndIf}
SectionEnd
