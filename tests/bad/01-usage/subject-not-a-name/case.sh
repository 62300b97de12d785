about='a subject without a type'
words=(--vendor-subject Acme)
err="--vendor-subject
Acme"
