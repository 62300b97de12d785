about='a country of three letters'
words=(--vendor-subject C=USA,CN=x)
err="--vendor-subject
C
two"
