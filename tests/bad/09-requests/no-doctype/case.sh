about='no DOCTYPE'
prepare() { echo '<?xml version="1.0" encoding="UTF-8"?>' >head; request head=head | encode >request.txt; }
