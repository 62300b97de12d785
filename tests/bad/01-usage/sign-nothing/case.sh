about='sign without a CSR'
words=(sign)
err="sign
CSR"
