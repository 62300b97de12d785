about='a command that other programs have'
words=(init)
err="unknown command 'init'
did you mean \`"
