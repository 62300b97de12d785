# Mistyped command lines: status 2, what is wrong, and what was meant. Nothing is read or written.
status=2
run() { plain "${words[@]}"; }
