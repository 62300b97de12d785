about='an attribute that there is not'
words=(--customer-subject XYZ=1,CN=x)
err="--customer-subject
XYZ"
