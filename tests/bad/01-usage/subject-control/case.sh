about='a control character in a subject'
words=(--customer-subject CN=a$'\033'[2Jb)
err="--customer-subject"
