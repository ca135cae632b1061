; Links that begin with tidings:// are for this app, for the person who installs it.

!macro NSIS_HOOK_POSTINSTALL
  WriteRegStr SHCTX "Software\Classes\tidings" "" "URL:Tidings"
  WriteRegStr SHCTX "Software\Classes\tidings" "URL Protocol" ""
  WriteRegStr SHCTX "Software\Classes\tidings\DefaultIcon" "" "$INSTDIR\tidings.exe,0"
  WriteRegStr SHCTX "Software\Classes\tidings\shell\open\command" "" '"$INSTDIR\tidings.exe" -- "%1"'
!macroend

!macro NSIS_HOOK_POSTUNINSTALL
  DeleteRegKey SHCTX "Software\Classes\tidings"
!macroend
