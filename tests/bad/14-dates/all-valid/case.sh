about='everything is valid'
run() { mdm status; }
status=0
