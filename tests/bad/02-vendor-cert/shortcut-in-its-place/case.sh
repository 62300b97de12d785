about='a shortcut to the download page was dragged into inputs/'
prepare() { printf '[InternetShortcut]\r\nURL=https://developer.apple.com/\r\n' >inputs/mdm.url; }
err="'inputs/mdm.url' is a shortcut, not the file that it points to, but $DUE"
