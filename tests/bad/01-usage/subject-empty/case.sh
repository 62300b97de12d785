about='an empty value'
words=(--customer-subject CN=)
err="--customer-subject
CN"
