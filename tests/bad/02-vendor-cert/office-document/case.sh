about='text of a letter'
prepare() { printf '{\\rtf1\\ansi Dear Sir or Madam}\n' >inputs/mdm.cer; }
status=1
err="is a file of an unknown kind, but $DUE"
