about='the mail that the certificate came in was saved'
prepare() { printf 'Received: from mail\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nthe file is attached\r\n' >inputs/message.eml; }
err="is an e-mail message, but $DUE"
